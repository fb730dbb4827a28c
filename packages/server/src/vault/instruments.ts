/** Cards on file: envelope encryption, a data key for each merchant, wrapped by a key derived from the root. */
import { randomBytes } from 'node:crypto'
import { addDataKey, readDataKeys } from '../store/data-keys.ts'
import type { Queryable } from '../store/db.ts'
import { type InstrumentRow, keepInstruments, readInstruments } from '../store/instruments.ts'
import type { CardRef } from './card-ref.ts'
import { cvvOfChoice, holdCard, type StoredChoice, secretsOf } from './card-secrets.ts'
import { decrypt, encrypt, type Keyring } from './keyring.ts'
import { Secret } from './secret.ts'

const DATA_KEY_BYTES = 32
const ENTITIES_HELD = 10_000

/** A card on file as everyone may see it. `id` and `customerId` are UUIDs. */
export type Instrument = Readonly<Omit<InstrumentRow, 'number' | 'keyVersion'>>

interface DataKey {
  version: number
  key: Secret
}

export interface InstrumentRoom {
  keep(entityKey: number, card: CardRef, as: { id: string; customerId?: string }): Promise<Instrument>
  stored(entityKey: number, chosen: Pick<StoredChoice, 'instrumentId'>): Promise<CardRef | undefined>
  instrumentsOf(entityKey: number, which: { customerId?: string; ids?: readonly string[] }): Promise<Instrument[]>
}

export function openInstruments(db: Queryable, keys: Keyring): InstrumentRoom {
  const held = new Map<number, DataKey[]>()

  /** The merchant's data keys, newest first; the first one is made when the first card is kept. */
  async function dataKeys(entityKey: number, make: boolean): Promise<DataKey[]> {
    const known = held.get(entityKey)
    if (known) return known
    let rows = await readDataKeys(db, entityKey)
    if (rows.length === 0 && make) {
      await addDataKey(db, entityKey, { version: 1, wrapped: newWrappedKey(keys, entityKey, 1) })
      rows = await readDataKeys(db, entityKey)
    }
    const opened = rows.map((row) => ({ version: row.version, key: unwrap(keys, entityKey, row.version, row.wrapped) }))
    if (held.size >= ENTITIES_HELD) held.clear()
    if (opened.length > 0) held.set(entityKey, opened)
    return opened
  }

  /** A version another node has made since is looked up again. */
  async function dataKey(entityKey: number, version: number): Promise<Secret> {
    for (const fresh of [false, true]) {
      if (fresh) held.delete(entityKey)
      const found = (await dataKeys(entityKey, false)).find((key) => key.version === version)
      if (found) return found.key
    }
    throw new Error(`data key ${version} of entity ${entityKey} is gone`)
  }

  async function keep(entityKey: number, card: CardRef, as: { id: string; customerId?: string }): Promise<Instrument> {
    const newest = (await dataKeys(entityKey, true))[0]
    if (!newest) throw new Error('no data key was made')
    const number = encrypt(newest.key, numberContext(entityKey, as.id, newest.version), secretsOf(card).number.reveal())
    const [row] = await keepInstruments(db, entityKey, [
      {
        id: as.id,
        customerId: as.customerId,
        fingerprint: card.fingerprint,
        number,
        keyVersion: newest.version,
        bin: card.bin,
        last4: card.last4,
        scheme: card.scheme,
        expiryMonth: card.expiryMonth,
        expiryYear: card.expiryYear,
        name: card.name,
      },
    ])
    if (!row) throw new Error(`there is no entity ${entityKey}`)
    return shown(row)
  }

  async function stored(entityKey: number, chosen: Pick<StoredChoice, 'instrumentId'>): Promise<CardRef | undefined> {
    const [row] = await readInstruments(db, entityKey, { ids: [chosen.instrumentId] })
    if (!row) return undefined
    const key = await dataKey(entityKey, row.keyVersion)
    const number = new Secret(decrypt(key, numberContext(entityKey, row.id, row.keyVersion), row.number))
    return holdCard(
      {
        origin: 'stored',
        scheme: row.scheme,
        last4: row.last4,
        bin: row.bin,
        expiryMonth: row.expiryMonth,
        expiryYear: row.expiryYear,
        fingerprint: row.fingerprint,
        instrumentId: row.id,
        ...(row.name !== undefined && { name: row.name }),
      },
      number,
      cvvOfChoice(chosen),
    )
  }

  async function instrumentsOf(entityKey: number, which: { customerId?: string; ids?: readonly string[] }) {
    const { ids = [], customerId } = which
    const rows = await readInstruments(db, entityKey, {
      ids,
      customerIds: customerId === undefined ? [] : [customerId],
    })
    return rows.map(shown)
  }

  return { keep, stored, instrumentsOf }
}

function newWrappedKey(keys: Keyring, entityKey: number, version: number): Buffer {
  const plain = randomBytes(DATA_KEY_BYTES)
  const wrapped = encrypt(keys.key('data-keys'), dataKeyContext(entityKey, version), plain)
  plain.fill(0)
  return wrapped
}

function unwrap(keys: Keyring, entityKey: number, version: number, wrapped: Buffer): Secret {
  return new Secret(decrypt(keys.key('data-keys'), dataKeyContext(entityKey, version), wrapped))
}

function dataKeyContext(entityKey: number, version: number): string {
  return `data-key|${entityKey}|${version}`
}

/** Ties a number to its row: moved to another merchant or instrument, it does not open. */
function numberContext(entityKey: number, instrumentId: string, keyVersion: number): string {
  return `instrument|${entityKey}|${instrumentId}|number|${keyVersion}`
}

function shown({ number: _number, keyVersion: _keyVersion, ...row }: InstrumentRow): Instrument {
  return row
}
