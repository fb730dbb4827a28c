/** What an operation is given. Nothing an operation needs comes from anywhere else. */
import type { SeamName } from '@sluice/core/seams'
import type { Logger } from 'pino'
import type { KnownRanges } from './authenticators/ds/known-ranges.ts'
import type { Config } from './config.ts'
import type { Exchange } from './processors/exchange.ts'
import type { ProcessorRegistry } from './processors/index.ts'
import type { Store } from './store/store.ts'
import type { Vault } from './vault/vault.ts'
import type { SendWebhook } from './webhooks/send.ts'

export type { SeamName }

/** `subject` is the wire id of the payment, session or event that has come to the seam. */
export type Seam = (name: SeamName, subject: string) => Promise<void> | void

/** What waits for its time, of one merchant: for who moves its clock by hand. Everybody else has the loops (jobs/run.ts). */
export interface DueWork {
  /**
   * When the next of it falls due, or fell due if it is not done yet: on the merchant's clock, in whole milliseconds.
   * @param which `awaited`: only what a clock stops at even when it goes in strides
   */
  next(entityKey: number, which?: 'awaited'): Promise<Date | undefined>
  /**
   * Does once what is due and nobody else works on.
   * @returns how many; 0: whatever is due is in other hands
   */
  run(entityKey: number): Promise<number>
}

/** Where a test stops one subject: see operations/holds.ts. */
export interface Holds {
  /** Resolves when nothing holds the subject at the seam, at once where nobody wants to stop it. Never rejects. */
  stop(name: SeamName, subject: string): Promise<void> | undefined
  create(entityKey: number, wanted: { at: SeamName; match: HoldMatch }): Promise<Hold>
  /** @param waitMs answer when it holds something or is released, or after so long; real time */
  read(entityKey: number, id: string, waitMs: number): Promise<Hold | undefined>
  list(entityKey: number): readonly Hold[]
  release(entityKey: number, id: string): Hold | undefined
  remove(entityKey: number, id: string): boolean
  /** The server stops: everybody goes on, and nobody is stopped any more. */
  close(): void
}

/** Which subject is stopped: wire ids, and how many that match are let past before it (`nth` 1: the first is stopped). */
export interface HoldMatch {
  payment_id?: string
  session_id?: string
  event_id?: string
  nth: number
}

export interface Hold {
  /** UUID */
  id: string
  at: SeamName
  match: HoldMatch
  state: 'waiting' | 'holding' | 'released'
  /** Wire id of what it holds, or held. */
  subject: string | undefined
  /** Milliseconds since 1970, real time. */
  heldOn: number | undefined
  released: 'asked' | 'time' | 'stopped' | undefined
}

export interface Context {
  readonly config: Config
  readonly store: Store
  readonly vault: Vault
  readonly processors: ProcessorRegistry
  /** The way out to processors, for an operation that records what passes. */
  readonly exchange: Exchange
  /** Which cards take part in 3-D Secure, as directory servers said. */
  readonly cardRanges: KnownRanges
  /** The way out to merchants' receivers. */
  readonly sendWebhook: SendWebhook
  /** Real time in milliseconds since 1970: for security and leases. Business time is the entity's, and lives in SQL. */
  readonly now: () => number
  /**
   * 32 bits of choice for one purpose of one subject: HMAC of the entity's seed. The same world makes the same choices,
   * whatever else runs beside it. Not for secrets and not for ids.
   */
  readonly random: (entitySeed: Uint8Array, subject: string, purpose: string) => number
  readonly seam: Seam
  /** In sandbox only. */
  readonly holds: Holds | undefined
  /** Something has fallen due: the clock's workers look now instead of at their next turn. */
  readonly wakeJobs: () => void
  readonly dueWork: DueWork
  readonly log: Logger
}
