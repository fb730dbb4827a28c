/**
 * The bank's books in PostgreSQL. There is one writer: it takes every change that waits, reads the payments they are
 * about under lock, applies them one after the other in memory, and commits all of them together. So a change is a plain
 * function, changes of one payment never run into each other, and many payments share one commit. A caller hears nothing
 * before its change is durable.
 */
import type { Pool, PoolClient } from 'pg'
import type { Plan } from './issuer/decide.ts'
import type { Sighting } from './issuer/velocity.ts'
import { readSightings } from './sightings.ts'
import type { Switches } from '@sluice/core/switches'
import { inTransaction } from './transaction.ts'
import type { Answer, FollowupAnswer, ProcessorClass } from './wire.ts'

export type PaymentState = Answer['outcome']

/** Amounts in minor units. `at`-like members are the merchant's time, ISO 8601. */
export interface Payment {
  merchant: string
  key: string
  nth: number
  reference: string
  class: ProcessorClass
  method: string
  state: PaymentState
  requested: number
  currency: string
  authorized: number
  captured: number
  voided: number
  refunded: number
  /** What each capture took and gave back, by the key of its message. */
  captures: Record<string, { amount: number; refunded: number }>
  first_answer: Answer
  answer: Answer
  plan: Plan
  page_token: string | null
  request: Record<string, unknown>
  switches: Switches
  requested_on: string
  /** When the shopper's bank sends it back; null where it does not, or has. */
  returns_on: string | null
}

export interface Followup {
  merchant: string
  key: string
  of: string
  kind: string
  answer: FollowupAnswer
}

export interface Movement {
  merchant: string
  key: string
  of: string
  kind:
    | 'authorization'
    | 'card_verification'
    | 'capture'
    | 'void'
    | 'refund'
    | 'refund_failed'
    | 'reversal'
    | 'increment'
    | 'return'
    | 'chargeback'
    | 'chargeback_won'
  amount: number
  currency: string
  at: string
  reference: string
}

/** What a change may see and do. It is told of one merchant's payments under one key, and of one follow-up key. */
export interface Desk {
  /** In the order they were booked; more than one only at banks that are not idempotent. */
  readonly payments: Payment[]
  readonly followup: Followup | undefined
  open(payment: Payment): void
  /** To be called after changing members of a payment in place. */
  changed(payment: Payment): void
  /** Also to change what was remembered: a refund that took its time has ended. */
  remember(followup: Followup): void
  move(movement: Movement): void
  /** The payments that were counted under a mark the change is told of, those within this batch too. */
  seenUnder(mark: string): readonly Sighting[]
  /** Counts a payment under such a mark. */
  see(mark: string, sighting: Sighting): void
}

/**
 * `key`: the payments' key. `followupKey`: the message's own key, when it has one beside. `marks`: under which the change
 * counts, and since when (ISO 8601) it wants to know.
 */
export interface Subject {
  merchant: string
  key: string
  followupKey?: string
  marks?: readonly { mark: string; since: string }[]
}

export interface Books {
  /** Runs one change and resolves to what it returned, once that is committed. */
  write<Result>(subject: Subject, change: (desk: Desk) => Result): Promise<Result>
  find(merchant: string, key: string): Promise<Payment[]>
  findByPage(token: string): Promise<Payment | undefined>
  movements(merchant: string, after: string): Promise<Array<Movement & { seq: string }>>
  /** The newest payments first. */
  latest(merchant: string, count: number): Promise<Payment[]>
  /** The payment that is sent back first: of the merchant, or of each merchant there is. */
  toReturn(merchant?: string): Promise<Payment[]>
  /** Under a scenario: counts a message of a step about one payment, and resolves to its number, from 1. */
  countMessage(merchant: string, key: string, step: string): Promise<number>
  isOpen(): Promise<boolean>
  /** Resolves when all that waited is committed. */
  idle(): Promise<void>
}

interface Waiting {
  subject: Subject
  change: (desk: Desk) => unknown
  resolve: (result: never) => void
  reject: (cause: unknown) => void
}

const LARGEST_BATCH = 200

const PAYMENT_COLUMNS = `merchant, key, nth, reference, class, method, state, requested, currency, authorized, captured,
  voided, refunded, captures, first_answer, answer, plan, page_token, request, switches, requested_on, returns_on`

const READ_FOR_CHANGE = {
  name: 'read_for_change',
  text: `
    with wanted as (
      select distinct w.merchant, w.key from json_to_recordset($1) as w (merchant text, key text)
    ), locked as (
      select p.* from payments p join wanted w on w.merchant = p.merchant and w.key = p.key
       order by p.merchant, p.key, p.nth
         for no key update of p
    )
    select ${PAYMENT_COLUMNS} from locked order by merchant, key, nth`,
}

const READ_FOLLOWUPS = {
  name: 'read_followups',
  text: `
    select f.merchant, f.key, f.of, f.kind, f.answer
      from followups f
      join json_to_recordset($1) as w (merchant text, key text) on w.merchant = f.merchant and w.key = f.key`,
}

const WRITE = {
  name: 'write',
  text: `
    with opened as (
      insert into payments (${PAYMENT_COLUMNS})
      select ${PAYMENT_COLUMNS} from json_populate_recordset(null::payments, $1)
    ), changed as (
      update payments p
         set state = c.state, authorized = c.authorized, captured = c.captured, voided = c.voided,
             refunded = c.refunded, captures = c.captures, answer = c.answer,
             request = c.request, returns_on = c.returns_on
        from json_populate_recordset(null::payments, $2) c
       where p.merchant = c.merchant and p.key = c.key and p.nth = c.nth
    ), remembered as (
      insert into followups (merchant, key, of, kind, answer)
      select merchant, key, of, kind, answer from json_populate_recordset(null::followups, $3)
          on conflict (merchant, key) do update set answer = excluded.answer
    )
    insert into movements (merchant, key, of, kind, amount, currency, at, reference)
    select merchant, key, of, kind, amount, currency, at, reference from json_populate_recordset(null::movements, $4)`,
}

export function openBooks(pool: Pool): Books {
  let waiting: Waiting[] = []
  let writing = false
  let whenIdle = () => {}

  async function writeWhatWaits() {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, LARGEST_BATCH)
      waiting = waiting.slice(LARGEST_BATCH)
      await commit(batch)
    }
    writing = false
    whenIdle()
  }

  /**
   * A batch that fails is tried again one by one, so that a bad change fails alone; but only when nothing of it can have
   * been committed. After a lost connection nobody knows, and a second try could book a payment twice.
   */
  async function commit(batch: readonly Waiting[]): Promise<void> {
    let results: unknown[]
    try {
      results = await inTransaction(pool, (client) => applyAll(client, batch))
    } catch (cause) {
      if (batch.length > 1 && surelyRolledBack(cause)) {
        for (const one of batch) await commit([one])
        return
      }
      for (const one of batch) one.reject(cause)
      return
    }
    for (const [at, one] of batch.entries()) one.resolve(results[at] as never)
  }

  return {
    write(subject, change) {
      return new Promise((resolve, reject) => {
        waiting.push({ subject, change, resolve: resolve, reject })
        if (writing) return
        writing = true
        setImmediate(() => void writeWhatWaits())
      })
    },

    async find(merchant, key) {
      const { rows } = await pool.query({
        name: 'find',
        text: `select ${PAYMENT_COLUMNS} from payments where merchant = $1 and key = $2 order by nth`,
        values: [merchant, key],
      })
      return rows.map(paymentOfRow)
    },

    async findByPage(token) {
      const { rows } = await pool.query({
        name: 'find_by_page',
        text: `select ${PAYMENT_COLUMNS} from payments where page_token = $1`,
        values: [token],
      })
      return rows[0] && paymentOfRow(rows[0])
    },

    async movements(merchant, after) {
      const { rows } = await pool.query({
        name: 'movements',
        text: `
          select seq, merchant, key, of, kind, amount, currency, at, reference
            from movements where merchant = $1 and seq > $2 order by seq limit 10000`,
        values: [merchant, after],
      })
      return rows.map((row) => ({ ...row, amount: Number(row.amount), at: row.at.toISOString() }))
    },

    async latest(merchant, count) {
      const { rows } = await pool.query({
        name: 'latest',
        text: `
          select ${PAYMENT_COLUMNS} from payments where merchant = $1
           order by requested_on desc, key desc, nth desc limit $2`,
        values: [merchant, count],
      })
      return rows.map(paymentOfRow)
    },

    async toReturn(merchant) {
      const { rows } = await pool.query({
        name: 'to_return',
        text: `
          select distinct on (merchant) ${PAYMENT_COLUMNS} from payments
           where returns_on is not null and merchant = coalesce($1::text, merchant)
           order by merchant, returns_on, key, nth`,
        values: [merchant ?? null],
      })
      return rows.map(paymentOfRow)
    },

    async countMessage(merchant, key, step) {
      const { rows } = await pool.query<{ messages: number }>({
        name: 'count_message',
        text: `
          insert into scenario_messages as known (merchant, key, step, messages) values ($1, $2, $3, 1)
              on conflict (merchant, key, step) do update set messages = known.messages + 1
          returning messages`,
        values: [merchant, key, step],
      })
      return rows[0]?.messages ?? 1
    },

    idle() {
      return new Promise((resolve) => {
        if (!writing) return resolve()
        whenIdle = resolve
      })
    },

    async isOpen() {
      return pool.query('select 1').then(
        () => true,
        () => false,
      )
    },
  }
}

/** Data, constraint, conflict and syntax errors are answers of a database that has kept nothing. */
function surelyRolledBack(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^(22|23|40|42)/.test(code)
}

async function applyAll(client: PoolClient, batch: readonly Waiting[]): Promise<unknown[]> {
  const payments = new Map<string, Payment[]>()
  const followups = new Map<string, Followup>()
  const opened = new Set<Payment>()
  const changed = new Set<Payment>()
  const remembered = new Map<string, Followup>()
  const movements: Movement[] = []
  const sightings = await readSightings(
    client,
    batch.flatMap(({ subject: { merchant, marks = [] } }) => marks.map((mark) => ({ merchant, ...mark }))),
  )

  const subjects = JSON.stringify(batch.map(({ subject: { merchant, key } }) => ({ merchant, key })))
  const paymentRows = await client.query({ ...READ_FOR_CHANGE, values: [subjects] })
  for (const row of paymentRows.rows) entry(payments, row.merchant, row.key).push(paymentOfRow(row))
  const followupKeys = batch.flatMap(({ subject: { merchant, followupKey } }) =>
    followupKey === undefined ? [] : [{ merchant, key: followupKey }],
  )
  if (followupKeys.length > 0) {
    const { rows } = await client.query<Followup>({ ...READ_FOLLOWUPS, values: [JSON.stringify(followupKeys)] })
    for (const row of rows) followups.set(nameOf(row.merchant, row.key), row)
  }

  const results = batch.map(({ subject, change }) => {
    const known = entry(payments, subject.merchant, subject.key)
    return change({
      payments: known,
      followup:
        subject.followupKey === undefined ? undefined : followups.get(nameOf(subject.merchant, subject.followupKey)),
      open(payment) {
        known.push(payment)
        opened.add(payment)
      },
      changed(payment) {
        if (!opened.has(payment)) changed.add(payment)
      },
      remember(followup) {
        followups.set(nameOf(followup.merchant, followup.key), followup)
        remembered.set(nameOf(followup.merchant, followup.key), followup)
      },
      move(movement) {
        movements.push(movement)
      },
      seenUnder: (mark) => sightings.under(subject.merchant, mark),
      see: (mark, sighting) => sightings.add(subject.merchant, mark, sighting),
    })
  })

  const lists = [[...opened], [...changed], [...remembered.values()], movements]
  if (lists.some((list) => list.length > 0)) {
    await client.query({ ...WRITE, values: lists.map((list) => JSON.stringify(list)) })
  }
  await sightings.write()
  return results
}

function nameOf(merchant: string, key: string): string {
  return `${merchant} ${key}`
}

function entry(payments: Map<string, Payment[]>, merchant: string, key: string): Payment[] {
  const name = nameOf(merchant, key)
  const known = payments.get(name) ?? []
  payments.set(name, known)
  return known
}

/** `bigint` arrives as text; twelve digits fit a number. */
function paymentOfRow(row: Record<string, unknown>): Payment {
  return {
    ...(row as unknown as Payment),
    requested: Number(row['requested']),
    authorized: Number(row['authorized']),
    captured: Number(row['captured']),
    voided: Number(row['voided']),
    refunded: Number(row['refunded']),
    requested_on: (row['requested_on'] as Date).toISOString(),
    returns_on: (row['returns_on'] as Date | null)?.toISOString() ?? null,
  }
}
