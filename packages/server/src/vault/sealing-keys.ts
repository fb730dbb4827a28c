/**
 * The keys that `session_data` is sealed for. A new generation each hour of real time, an X25519 and a P-256 pair;
 * accepted until two hours after its hour began, then destroyed: what stands in somebody's log can never be opened again.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { SealingKey, SealingKeys } from '@sluice/sealing/payload'
import type { Queryable } from '../store/db.ts'
import { addSealingKeys, deleteSealingKeysBefore, readSealingKeys, type SealingKeyRow } from '../store/sealing-keys.ts'
import { decrypt, encrypt, type Keyring } from './keyring.ts'

const HOUR_MS = 3_600_000
const CURVES = ['X25519', 'P-256'] as const
type Curve = (typeof CURVES)[number]

/** Nodes whose clocks differ may seal for the hour that is about to begin. */
const SLOTS_AHEAD = 1
const SLOTS_BEHIND = 1

const ISSUED = /^(\d{1,12})\.([A-Za-z0-9_-]{22})$/
const ISSUED_MAC_BYTES = 16
const CLOCK_DIFFERENCE_S = 60

export interface SealingKeyRoom {
  /** What the frames origin serves: the keys of this hour and the time, MACed. */
  published(): Promise<SealingKeys>
  /** The private half, while it is accepted; asks the database at most for hours that could be accepted. */
  privateKey(kid: string): Promise<{ key: KeyObject; curve: Curve } | undefined>
  /** Seconds since `issued` was handed out, or `undefined` when we never handed it out. */
  ageS(issued: string): number | undefined
  /** Destroys the generations that are no longer accepted; answers how many keys that were. */
  destroyOld(): Promise<number>
}

interface HeldKey {
  public: SealingKey
  private: KeyObject
}

export function openSealingKeys(db: Queryable, keys: Keyring, now: () => number): SealingKeyRoom {
  const held = new Map<number, HeldKey[]>()
  const loading = new Map<string, Promise<HeldKey[]>>()

  const slotNow = () => Math.floor(now() / HOUR_MS)

  /** The keys of an hour; `make` them when nobody has yet. Asked for many times at once, it looks them up once. */
  async function generation(slot: number, make: boolean): Promise<HeldKey[]> {
    const known = held.get(slot)
    if (known) return known
    const name = `${slot} ${make}`
    const load = loading.get(name) ?? loadGeneration(slot, make).finally(() => loading.delete(name))
    loading.set(name, load)
    return load
  }

  async function loadGeneration(slot: number, make: boolean): Promise<HeldKey[]> {
    let rows = await readSealingKeys(db, slot)
    if (rows.length < CURVES.length && make) {
      await addSealingKeys(
        db,
        CURVES.map((curve) => newKey(keys, slot, curve)),
      )
      rows = await readSealingKeys(db, slot)
    }
    const generation = rows.map((row) => unwrapKey(keys, row))
    if (generation.length > 0) held.set(slot, generation)
    return generation
  }

  function forget(before: number): void {
    for (const slot of held.keys()) if (slot < before) held.delete(slot)
  }

  async function published(): Promise<SealingKeys> {
    const slot = slotNow()
    forget(slot - SLOTS_BEHIND)
    const current = await generation(slot, true)
    return { keys: current.map((key) => key.public), issued: issuedText(keys, Math.floor(now() / 1000)) }
  }

  async function privateKey(kid: string) {
    const slot = slotOfKid(kid)
    const current = slotNow()
    if (slot === undefined || slot < current - SLOTS_BEHIND || slot > current + SLOTS_AHEAD) return undefined
    const found = (await generation(slot, false)).find((key) => key.public.kid === kid)
    return found && { key: found.private, curve: found.public.crv }
  }

  function ageS(issued: string): number | undefined {
    const [, seconds, mac] = ISSUED.exec(issued) ?? []
    if (seconds === undefined || mac === undefined) return undefined
    const right = issuedText(keys, Number(seconds))
    if (right.length !== issued.length || !timingSafeEqual(Buffer.from(right), Buffer.from(issued))) return undefined
    const age = now() / 1000 - Number(seconds)
    return age < -CLOCK_DIFFERENCE_S ? undefined : Math.max(0, age)
  }

  async function destroyOld(): Promise<number> {
    const oldest = slotNow() - SLOTS_BEHIND
    forget(oldest)
    return deleteSealingKeysBefore(db, oldest)
  }

  return { published, privateKey, ageS, destroyOld }
}

function issuedText(keys: Keyring, seconds: number): string {
  const mac = keys.mac('issued-time', String(seconds)).subarray(0, ISSUED_MAC_BYTES)
  return `${seconds}.${mac.toString('base64url')}`
}

/** The key's name says its hour, so that a name which cannot be accepted is refused without a look at the database. */
function kidOf(slot: number, curve: Curve): string {
  return `${slot}.${curve}`
}

function slotOfKid(kid: string): number | undefined {
  const [, slot] = /^(\d{1,9})\.(?:X25519|P-256)$/.exec(kid) ?? []
  return slot === undefined ? undefined : Number(slot)
}

function newKey(keys: Keyring, slot: number, curve: Curve): SealingKeyRow {
  const pair = curve === 'X25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = pair.publicKey.export({ format: 'jwk' }) as {
    kty: string
    crv: string
    x: string
    y?: string
  }
  const plain = pair.privateKey.export({ format: 'der', type: 'pkcs8' })
  const privateKey = encrypt(keys.key('sealing-keys'), contextOf(slot, curve), plain)
  plain.fill(0)
  return { slot, curve, publicKey: { kty, crv, x, ...(y !== undefined && { y }) }, privateKey }
}

function unwrapKey(keys: Keyring, row: SealingKeyRow): HeldKey {
  const plain = decrypt(keys.key('sealing-keys'), contextOf(row.slot, row.curve), row.privateKey)
  const key = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' })
  plain.fill(0)
  return { public: { kid: kidOf(row.slot, row.curve), ...row.publicKey } as SealingKey, private: key }
}

function contextOf(slot: number, curve: Curve): string {
  return `sealing-key|${slot}|${curve}`
}
