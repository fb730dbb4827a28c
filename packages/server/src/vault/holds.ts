/**
 * Cards that wait while their shopper is challenged outside the processor. The key of each is made of two halves: 256 bits
 * that only the shopper's browser has, in the fragment of `action.url`, and the server's share of that quarter of an hour,
 * destroyed half an hour after it was made. Neither the database, nor a backup, nor the browser opens one alone. See
 * docs/decisions/0060-authentication-outside-the-processor.md.
 */
import { hkdfSync, randomBytes } from 'node:crypto'
import type { Queryable } from '../store/db.ts'
import {
  addHoldShare,
  type AttemptHold,
  deleteHoldsBefore,
  deleteHoldSharesBefore,
  readHoldShare,
} from '../store/attempt-holds.ts'
import type { CardRef } from './card-ref.ts'
import { holdCard, secretsOf } from './card-secrets.ts'
import { decrypt, encrypt, type Keyring } from './keyring.ts'
import { Secret, secretText } from './secret.ts'

const SLOT_MS = 15 * 60_000
/** A challenge begun in the last moment of a slot has a quarter of an hour. */
const SLOTS_BEHIND = 1
const SHARE_BYTES = 32

export interface HoldRoom {
  /**
   * The browser's half for the attempt that these sealed details begin, base64url: 256 bits that follow from the details
   * and are kept nowhere, so that a repeat of the submit is answered with the same address.
   */
  browserShare(sessionData: string): string
  /** Seals a card, with what else of the sealed details the authorization will need. */
  holdForChallenge(
    entityKey: number,
    paymentId: string,
    held: { card: CardRef; details: unknown },
    browserShare: string,
  ): Promise<AttemptHold>
  /** `undefined`: another share than the attempt's, or the server's half is gone. */
  openHold(
    entityKey: number,
    hold: AttemptHold,
    browserShare: string,
  ): Promise<{ card: CardRef; details: unknown } | undefined>
  /** Destroys the server's halves that are no longer accepted, and what they were for; answers how many there were. */
  destroyOldHoldShares(): Promise<number>
}

/** What is sealed. */
interface Held {
  number: string
  cvv?: string
  facts: Omit<CardRef, 'cvvSupplied'>
  details: unknown
}

/** @param now real time, milliseconds since 1970 */
export function openHolds(db: Queryable, keys: Keyring, now: () => number): HoldRoom {
  const shares = new Map<number, Secret>()
  const slotNow = () => Math.floor(now() / SLOT_MS)

  function forget(before: number): void {
    for (const [slot, share] of shares) {
      if (slot >= before) continue
      share.destroy()
      shares.delete(slot)
    }
  }

  async function serverShare(slot: number, make: boolean): Promise<Secret | undefined> {
    forget(slotNow() - SLOTS_BEHIND)
    const known = shares.get(slot)
    if (known) return known
    let wrapped = await readHoldShare(db, slot)
    if (!wrapped && make) {
      const made = randomBytes(SHARE_BYTES)
      await addHoldShare(db, slot, encrypt(keys.key('wrap/hold-share'), shareContext(slot), made))
      made.fill(0)
      wrapped = await readHoldShare(db, slot)
    }
    if (!wrapped) return undefined
    const share = new Secret(decrypt(keys.key('wrap/hold-share'), shareContext(slot), wrapped))
    shares.set(slot, share)
    return share
  }

  return {
    browserShare: (sessionData) => browserShare(keys, sessionData),

    async holdForChallenge(entityKey, paymentId, { card, details }, browserShare) {
      const slot = slotNow()
      const share = await serverShare(slot, true)
      if (!share) throw new Error('no share was made')
      const { number, cvv } = secretsOf(card)
      const { cvvSupplied: _, ...facts } = card
      const held: Held = {
        number: number.reveal().toString('utf8'),
        ...(cvv && { cvv: cvv.reveal().toString('utf8') }),
        facts,
        details,
      }
      const plain = Buffer.from(JSON.stringify(held), 'utf8')
      const context = holdContext(entityKey, paymentId, slot)
      const key = keyOf(share, browserShare, context)
      const sealed = encrypt(key, context, plain)
      plain.fill(0)
      key.destroy()
      return { paymentId, slot, sealed }
    },

    async openHold(entityKey, { paymentId, slot, sealed }, browserShare) {
      const current = slotNow()
      const share = slot < current - SLOTS_BEHIND ? undefined : await serverShare(slot, false)
      if (!share) return undefined
      const context = holdContext(entityKey, paymentId, slot)
      const key = keyOf(share, browserShare, context)
      try {
        const plain = decrypt(key, context, sealed)
        const { number, cvv, facts, details } = JSON.parse(plain.toString('utf8')) as Held
        plain.fill(0)
        return { card: holdCard(facts, secretText(number), cvv === undefined ? undefined : secretText(cvv)), details }
      } catch {
        return undefined
      } finally {
        key.destroy()
      }
    },

    async destroyOldHoldShares() {
      const oldest = slotNow() - SLOTS_BEHIND
      forget(oldest)
      await deleteHoldsBefore(db, oldest)
      return await deleteHoldSharesBefore(db, oldest)
    },
  }
}

/** Whoever has the sealed details and the root key could make it again; neither is in the database. */
export function browserShare(keys: Keyring, sessionData: string): string {
  return keys.mac('mac/hold-share', sessionData).toString('base64url')
}

/** HKDF-SHA-256 over both halves: without either, nothing is known of the key. */
function keyOf(server: Secret, browserShare: string, context: string): Secret {
  const browser = Buffer.from(browserShare, 'base64url')
  const both = Buffer.concat([server.reveal(), browser])
  const key = new Secret(Buffer.from(hkdfSync('sha256', both, Buffer.alloc(0), `sluice|hold|${context}`, SHARE_BYTES)))
  both.fill(0)
  browser.fill(0)
  return key
}

/** Ties the card to its attempt: moved to another, it does not open. */
function holdContext(entityKey: number, paymentId: string, slot: number): string {
  return `attempt-hold|${entityKey}|${paymentId}|${slot}`
}

function shareContext(slot: number): string {
  return `hold-share|${slot}`
}
