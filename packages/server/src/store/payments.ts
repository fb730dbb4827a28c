/** Payments: read, and begun. What becomes of them is in `settlements.ts`. */
import type { Amounts, PaymentPhase } from '@sluice/core/payment'
import { nextSessionState, sessionStatesThatAccept } from '@sluice/core/session'
import type { ChannelProcessorSettings, ProcessorFacts } from '../processors/processor.ts'
import type { Queryable } from './db.ts'
import type { NewSession, SessionRequest } from './sessions.ts'

/** However many retries are asked for: a session is no tool for trying out cards. */
export const MOST_ATTEMPTS = 10

/** How long one attempt may be worked on before somebody else may take it over. Real time. */
export const LEASE_S = 30

/** The payment's own view of what pays it, without any number: what `source` shows on the wire. */
export type PaymentSource = Record<string, unknown>

/** An attempt as whoever holds a lease knows it: what he writes counts while both are so. `paymentId`: UUID. */
export interface Fence {
  paymentId: string
  version: number
  lease: number
}

export interface PaymentRow extends Amounts {
  id: string
  sessionId: string
  channelId: string
  customerId: string | null
  phase: PaymentPhase
  method: string
  currency: string
  nonce: string
  /** Keyed MAC of the request that began it, hex. */
  fingerprint: string
  processor: ChannelProcessorSettings
  reference: string | null
  responseCode: string | null
  facts: ProcessorFacts
  source: PaymentSource
  /** The effective request: the session's with what submit replaced. */
  request: SessionRequest
  warnings: string[]
  sid: string | null
  captureOn: Date | null
  authUntil: Date | null
  deadlineOn: Date | null
  /** Seconds of real time for which somebody is still working on it; 0 = nobody. */
  leaseLeftS: number
  /** The number of the lease that was taken last. */
  leases: number
  asked: number
  review: string | null
  answerStatus: number | null
  answer: string | null
  version: number
  /** How often something was begun on it: what was decided on an earlier count may not hold any more. */
  reservations: number
  /** What increments added to the amount asked for. */
  incremented: number
  requestedOn: Date
  processedOn: Date | null
  /** The merchant's time at which the row was read. */
  now: Date
}

const PAYMENT_COLUMNS = `
  p.id, p.session_id as "sessionId", p.channel_id as "channelId", p.customer_id as "customerId", p.phase, p.method,
  p.currency, p.requested, p.authorized, p.capturing, p.captured, p.voiding, p.voided, p.refunding, p.refunded,
  p.returned, p.charged_back as "chargedBack", p.incremented, p.reservations, p.nonce, encode(p.fingerprint, 'hex') as fingerprint, p.processor, p.reference,
  p.response_code as "responseCode", p.facts, p.source, p.request, p.warnings, p.sid, p.capture_on as "captureOn",
  p.auth_until as "authUntil", p.deadline_on as "deadlineOn",
  greatest(0, ceil(extract(epoch from p.lease_until - now())))::int as "leaseLeftS", p.leases, p.asked, p.review,
  p.answer_status as "answerStatus", p.answer, p.version, p.requested_on as "requestedOn",
  p.processed_on as "processedOn", clock.now`

export { PAYMENT_COLUMNS }

/** Which payment is wanted: by its own id, by the id under which its shopper left the page, or a session's latest. */
export interface PaymentKey {
  by: 'id' | 'sid' | 'session'
  id: string
}

/** Reads many payments of one merchant; `undefined` where there is none. */
export async function readPayments(
  db: Queryable,
  entityKey: number,
  keys: readonly PaymentKey[],
): Promise<(PaymentRow | undefined)[]> {
  const { rows } = await db.query<PaymentRow & { place: number }>({
    name: 'read_payments',
    text: `
      select w.place::int, ${PAYMENT_COLUMNS}
        from rows from (json_to_recordset($2::json) as ("by" text, id uuid)) with ordinality as w ("by", wanted, place)
        join entity_now clock on clock.entity_key = $1
       cross join lateral (
         (select * from payments where w."by" = 'id' and entity_key = $1 and id = w.wanted)
          union all
         (select * from payments where w."by" = 'sid' and entity_key = $1 and sid = w.wanted)
          union all
         (select q.* from payment_sessions s
            join payments q on q.entity_key = $1 and q.id = s.payment_id
           where w."by" = 'session' and s.entity_key = $1 and s.id = w.wanted)
       ) p`,
    values: [entityKey, JSON.stringify(keys)],
  })
  const found = new Map(rows.map(({ place, ...row }) => [place, row]))
  return keys.map((_, at) => found.get(at + 1))
}

/** An attempt that a submit may be a repeat of: same bytes (fingerprint) or same sealed details (nonce). */
export interface EarlierAttempt {
  fingerprint: string
  nonce?: string
}

/** The attempt with that fingerprint, else the one with that nonce. Attempts that were surely not sent do not count. */
export async function findEarlierAttempts(
  db: Queryable,
  entityKey: number,
  wanted: readonly EarlierAttempt[],
): Promise<(PaymentRow | undefined)[]> {
  const { rows } = await db.query<PaymentRow & { place: number }>({
    name: 'find_earlier_attempts',
    text: `
      select w.place::int, ${PAYMENT_COLUMNS}
        from rows from (json_to_recordset($2::json) as (fingerprint text, nonce uuid)) with ordinality
          as w (fingerprint, nonce, place)
        join entity_now clock on clock.entity_key = $1
       cross join lateral (
         select * from (
           (select 1 as rank, f.* from payments f
             where f.entity_key = $1 and f.fingerprint = decode(w.fingerprint, 'hex') and f.phase <> 'not_sent')
            union all
           (select 2 as rank, n.* from payments n
             where n.entity_key = $1 and n.nonce = w.nonce and n.phase <> 'not_sent')
         ) candidates order by rank limit 1
       ) p`,
    values: [entityKey, JSON.stringify(wanted)],
  })
  const found = new Map(rows.map(({ place, ...row }) => [place, row]))
  return wanted.map((_, at) => found.get(at + 1))
}

/** What is committed before a processor hears of an attempt. Amounts in minor units. */
export interface NewAttempt {
  paymentId: string
  eventId: string
  callId: string
  /** The message it begins with. */
  firstMessage: 'authenticate' | 'authorize'
  /** The wire id of the payment: the key under which the processor is asked, now and ever after. */
  key: string
  sessionId: string
  /** The version of the session on which the decision to go on was made. */
  sessionVersion: number
  channelId: string
  customerId: string | null
  method: string
  amount: number
  currency: string
  nonce: string
  fingerprint: string
  processor: ChannelProcessorSettings
  /** What is known before anybody was asked: an exemption that is claimed. */
  facts: ProcessorFacts
  source: PaymentSource
  request: SessionRequest
  warnings: readonly string[]
  captureOn: string | null
  eventData: Record<string, unknown>
}

/**
 * Begins many attempts of one merchant: session, spent nonce, attempt, call and first event in one statement. The rows
 * are locked first, in order: a plain read in this statement would show them as they were before it waited. A refusal
 * is a row, never an exception, so that one bad request cannot fail its neighbours: `begun: false` means that the
 * session moved on since it was read, or that the nonce was spent; the caller reads again and decides anew.
 */
export async function beginAttempts(
  db: Queryable,
  entityKey: number,
  attempts: readonly NewAttempt[],
): Promise<{ begun: boolean; now: Date }[]> {
  const { rows } = await db.query<{ begun: boolean; now: Date }>({
    name: 'begin_attempts',
    text: `
      with wanted as (
        select w.*, row_number() over (partition by "sessionId" order by place) as turn
          from rows from (json_to_recordset($2::json) as (${ATTEMPT_RECORD})) with ordinality as w (${ATTEMPT_NAMES}, place)
      ), session as (
        select s.id, s.version, s.state, s.expires_on > clock.now as alive, s.attempts < s.max_attempts as may_try
          from payment_sessions s
          join entity_now clock on clock.entity_key = s.entity_key
         where s.entity_key = $1 and s.id = any (array(select "sessionId" from wanted))
         order by s.id
           for no key update of s
      ), remembered as (
        ${REMEMBER_ATTEMPT}
          from wanted w
          join session s on s.id = w."sessionId"
          join entity_now clock on clock.entity_key = $1
         where w.turn = 1 and s.version = w."sessionVersion" and s.state = any ($4) and s.alive and s.may_try
            on conflict do nothing
        returning id, session_id, requested_on
      ), claimed as (
        update payment_sessions s
           set state = $5, version = s.version + 1, attempts = s.attempts + 1, payment_id = r.id
          from remembered r
         where s.entity_key = $1 and s.id = r.session_id
           and s.id = any (array(select session_id from remembered))
      ), ${FIRST_EVENT_AND_CALL}
      select r.id is not null as begun, clock.now
        from wanted w
        join entity_now clock on clock.entity_key = $1
        left join remembered r on r.id = w."paymentId"
       order by w.place`,
    values: [
      entityKey,
      JSON.stringify(attempts),
      LEASE_S,
      sessionStatesThatAccept('submitted'),
      nextSessionState('open', 'submitted'),
    ],
  })
  return rows
}

/**
 * Begins many attempts on sessions that do not exist yet (`complete`): session, attempt, call and first event at once.
 * `begun: false`: the nonce was spent, and nothing was written.
 */
export async function beginCompletions(
  db: Queryable,
  entityKey: number,
  completions: readonly { session: NewSession; attempt: NewAttempt }[],
): Promise<{ begun: boolean; now: Date }[]> {
  const { rows } = await db.query<{ begun: boolean; now: Date }>({
    name: 'begin_completions',
    text: `
      with wanted as (
        select w.*
          from rows from (json_to_recordset($2::json) as (${ATTEMPT_RECORD})) with ordinality as w (${ATTEMPT_NAMES}, place)
      ), remembered as (
        ${REMEMBER_ATTEMPT}
          from wanted w
          join entity_now clock on clock.entity_key = $1
            on conflict do nothing
        returning id, session_id, requested_on
      ), opened as (
        insert into payment_sessions
               (entity_key, id, channel_id, state, amount, currency, attempts, max_attempts, payment_id, request,
                created_on, expires_on)
        select $1, n.id, n."channelId", $5, n.amount, n.currency, 1, n."maxAttempts", r.id, n.request, r.requested_on,
               r.requested_on + make_interval(secs => n."lifetimeS")
          from json_to_recordset($4::json)
            as n (id uuid, "channelId" uuid, amount bigint, currency text, "maxAttempts" smallint, request jsonb,
                  "lifetimeS" int)
          join remembered r on r.session_id = n.id
      ), ${FIRST_EVENT_AND_CALL}
      select r.id is not null as begun, clock.now
        from wanted w
        join entity_now clock on clock.entity_key = $1
        left join remembered r on r.id = w."paymentId"
       order by w.place`,
    values: [
      entityKey,
      JSON.stringify(completions.map(({ attempt }) => attempt)),
      LEASE_S,
      JSON.stringify(completions.map(({ session }) => session)),
      nextSessionState('open', 'submitted'),
    ],
  })
  return rows
}

const ATTEMPT_RECORD = `
  "paymentId" uuid, "eventId" uuid, "callId" uuid, key text, "sessionId" uuid, "sessionVersion" int, "channelId" uuid,
  "customerId" uuid, method text, amount bigint, currency text, nonce uuid, fingerprint text, processor jsonb,
  source jsonb, request jsonb, warnings json, "captureOn" timestamptz, "eventData" jsonb, "firstMessage" text,
  facts jsonb`

const ATTEMPT_NAMES = `
  "paymentId", "eventId", "callId", key, "sessionId", "sessionVersion", "channelId", "customerId", method, amount,
  currency, nonce, fingerprint, processor, source, request, warnings, "captureOn", "eventData", "firstMessage",
  facts`

/** The insert of an attempt `w` at `clock`; the statement around it says from where and on which condition. */
const REMEMBER_ATTEMPT = `
  insert into payments
         (entity_key, id, session_id, channel_id, customer_id, phase, method, currency, requested, nonce, fingerprint,
          processor, facts, source, request, warnings, capture_on, lease_until, ask_on, requested_on)
  select $1, w."paymentId", w."sessionId", w."channelId", w."customerId", 'sending', w.method, w.currency, w.amount,
         w.nonce, decode(w.fingerprint, 'hex'), w.processor, w.facts, w.source, w.request,
         array(select json_array_elements_text(w.warnings)), w."captureOn", now() + make_interval(secs => $3),
         clock.now, clock.now`

/** The first event of every attempt that was `remembered`, and the row of the message about to be sent. */
const FIRST_EVENT_AND_CALL = `
  announced as (
    insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
    select $1, w."eventId", r.id, 1, 'sluice', 'payment_requested', w."eventData", r.requested_on
      from remembered r join wanted w on w."paymentId" = r.id
  ), called as (
    insert into processor_calls (entity_key, id, payment_id, kind, key, sent)
    select $1, w."callId", r.id, w."firstMessage", w.key, 'maybe'
      from remembered r join wanted w on w."paymentId" = r.id
  )`

/**
 * Whether another session has a payment at Benefit under this reference, or may still get one. The index
 * `one_reference_at_benefit` decides in the end; this tells the caller why.
 */
export async function isReferenceTakenAtBenefit(
  db: Queryable,
  entityKey: number,
  { reference, sessionId }: { reference: string; sessionId: string },
): Promise<boolean> {
  const { rows } = await db.query<{ taken: boolean }>({
    name: 'is_reference_taken_at_benefit',
    text: `
      select exists (
        select from payments
         where entity_key = $1 and request ->> 'reference' = $2 and session_id <> $3
           and method = 'benefit' and phase not in ('declined', 'cancelled', 'expired', 'not_sent')
      ) as taken`,
    values: [entityKey, reference, sessionId],
  })
  return rows[0]?.taken === true
}
