/**
 * Authentication outside the processor, of one attempt each. Its steps change the payment, so each has a version and an
 * event of its own; the compare-and-set is on the lease and the version, as everywhere.
 */
import type { AuthenticationAnswer, AuthenticationResult } from '../authenticators/authenticator.ts'
import type { ProcessorFacts } from '../processors/processor.ts'
import type { AuthenticationResult as HowItEnded } from '@sluice/core/three-ds/decide-sca'
import { nextSessionState } from '@sluice/core/session'
import type { Queryable } from './db.ts'
import { type Fence, LEASE_S } from './payments.ts'
import { type AnsweredCall, callRecord, eventRecord, type NewEvent } from './settlements.ts'

export interface AuthenticationRow {
  paymentId: string
  /** threeDSServerTransID */
  transId: string
  /** Minor units. */
  amount: number
  currency: string
  reason: 'asked' | 'soft_decline'
  answer: AuthenticationAnswer | null
  result: AuthenticationResult | null
  /** What was decided on; null = nothing was yet. From then on `result` is what it was decided with, or null. */
  ended: HowItEnded | null
  /** Seconds of real time since the shopper's browser came back from the challenge; null = not yet. */
  returnedAgoS: number | null
}

/** Authentication is about to be asked for, by whoever holds the lease. */
export interface NewAuthentication {
  paymentId: string
  version: number
  lease: number
  transId: string
  /** To be used when an authentication has had `transId` before: two attempts after one preparation. */
  spareTransId: string
  amount: number
  currency: string
  reason: AuthenticationRow['reason']
  event: NewEvent
  /** What the event says in place of its `data` when the spare one is used. */
  spareEventData: NewEvent['data']
  /** Of the message, where the attempt did not begin with it. */
  newCallId: string | null
  key: string
  /** The authorization whose decline asked for it. */
  call: AnsweredCall | null
}

/**
 * Remembers it, with the message about to be sent. An attempt in doubt whose repeat was declined for want of authentication
 * is in doubt no more: it is being sent again. Answers the transaction id to use; `undefined`: the lease has passed
 * to somebody else. Who asks for a transaction id that another attempt is being given at this moment waits for that one,
 * and gets the spare.
 */
export async function beginAuthentication(
  db: Queryable,
  entityKey: number,
  begun: NewAuthentication,
): Promise<{ transId: string } | undefined> {
  const { event, call, ...members } = begun
  const { rows } = await db.query<{ transId: string }>({
    name: 'begin_authentication',
    text: `
      with wanted as (
        select * from json_to_record($2::json)
          as w ("paymentId" uuid, version int, lease int, "transId" uuid, "spareTransId" uuid, amount bigint,
                currency text, reason text, "newCallId" uuid, key text, "spareEventData" jsonb,
                "callId" uuid, "callSent" text, "callOutcome" text, exchange jsonb, "eventId" uuid, "eventSource" text, "eventType" text, "eventData" jsonb)
      ), taken as (
        update payments p
           set version = p.version + 1, lease_until = now() + make_interval(secs => $3),
               phase = 'sending', deadline_on = null, ask_on = clock.now
          from wanted w, entity_now clock
         where p.entity_key = $1 and p.id = w."paymentId" and p.version = w.version and p.leases = w.lease
           and clock.entity_key = $1 and (p.phase = 'sending' or p.phase = 'in_doubt' and w."callId" is not null)
        returning p.id, p.version
      ), prepared as (
        insert into authentications (entity_key, payment_id, trans_id, amount, currency, reason, requested_on)
        select $1, w."paymentId", w."transId", w.amount, w.currency, w.reason, clock.now
          from taken t, wanted w, entity_now clock
         where clock.entity_key = $1
            on conflict do nothing
        returning trans_id
      ), spared as (
        insert into authentications (entity_key, payment_id, trans_id, amount, currency, reason, requested_on)
        select $1, w."paymentId", w."spareTransId", w.amount, w.currency, w.reason, clock.now
          from taken t, wanted w, entity_now clock
         where clock.entity_key = $1 and not exists (select from prepared)
            on conflict (entity_key, payment_id) do update
               set trans_id = excluded.trans_id, reason = excluded.reason, answer = null, result = null, ended = null,
                   returned_on = null
        returning trans_id
      ), called as (
        insert into processor_calls (entity_key, id, payment_id, kind, key, sent)
        select $1, w."newCallId", t.id, 'authenticate', w.key, 'maybe'
          from taken t, wanted w
         where w."newCallId" is not null
      ), answered as (
        update processor_calls c
           set sent = w."callSent", outcome = w."callOutcome", exchange = w.exchange, answered_on = now()
          from wanted w
         where c.entity_key = $1 and c.id = w."callId"
      ), announced as (
        insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
        select $1, w."eventId", t.id, t.version, w."eventSource", w."eventType",
               case when exists (select from prepared) then w."eventData" else w."spareEventData" end
               || jsonb_build_object('processed_on', iso8601(clock.now)), clock.now
          from taken t, wanted w, entity_now clock
         where clock.entity_key = $1
      )
      select trans_id as "transId" from prepared union all select trans_id from spared`,
    values: [entityKey, JSON.stringify({ ...members, ...eventRecord(event), ...callRecord(call) }), LEASE_S],
  })
  return rows[0]
}

/** What came of it is known, and whoever holds the lease authorizes. A decline with it is a settlement (`settlements.ts`). */
export interface AuthenticationOutcome {
  paymentId: string
  version: number
  lease: number
  /** What is decided on, and the result it was decided with: one that is told later changes neither. */
  ended: HowItEnded
  result: AuthenticationResult | null
  /** Laid over what is known of the payment. */
  facts: ProcessorFacts
  /** The authorization about to be sent. */
  authorizes: { callId: string; key: string }
  event: NewEvent
  /** The message that was asked with, when this is its answer. */
  call: AnsweredCall | null
}

/**
 * Records what came of it and the message to the processor that is sent next: an attempt in its challenge is being sent
 * again from here on. Answers false when the lease has passed to somebody else, or the attempt's own deadline has passed:
 * then nothing may be sent.
 */
export async function recordAuthentication(
  db: Queryable,
  entityKey: number,
  { event, call, authorizes, ...members }: AuthenticationOutcome,
): Promise<boolean> {
  const { rows } = await db.query({
    name: 'record_authentication',
    text: `
      with wanted as (
        select * from json_to_record($2::json)
          as w ("paymentId" uuid, version int, lease int, ended text, result jsonb, facts jsonb,
                "authorizeId" uuid, "authorizeKey" text,
                "eventId" uuid, "eventSource" text, "eventType" text, "eventData" jsonb, "callId" uuid,
                "callSent" text, "callOutcome" text, exchange jsonb)
      ), session as (
        select s.id
          from payment_sessions s
         where s.entity_key = $1
           and s.id = (select p.session_id from payments p
                        where p.entity_key = $1 and p.id = (select "paymentId" from wanted))
           for no key update of s
      ), taken as (
        update payments p
           set version = p.version + 1,
               phase = 'sending', deadline_on = null, ask_on = clock.now,
               lease_until = now() + make_interval(secs => $3),
               facts = p.facts || w.facts,
               sid = coalesce(p.sid, (select a.trans_id from authentications a
                                       where a.entity_key = $1 and a.payment_id = p.id))
          from wanted w, session s, entity_now clock
         where p.entity_key = $1 and p.id = w."paymentId" and s.id = p.session_id and clock.entity_key = $1
           and p.version = w.version and p.leases = w.lease and p.phase in ('sending', 'authenticating')
           and (p.deadline_on is null or p.deadline_on > clock.now)
        returning p.id, p.session_id, p.version
      ), resumed as (
        update payment_sessions s
           set state = $4, version = s.version + 1
          from taken t
         where s.entity_key = $1 and s.id = t.session_id and s.id = any (array(select id from session))
           and s.state = 'action_required'
      ), known as (
        update authentications a
           set ended = w.ended, result = w.result
          from taken t, wanted w
         where a.entity_key = $1 and a.payment_id = t.id
      ), answered as (
        update processor_calls c
           set sent = w."callSent", outcome = w."callOutcome", exchange = w.exchange, answered_on = now()
          from wanted w
         where c.entity_key = $1 and c.id = w."callId"
      ), called as (
        insert into processor_calls (entity_key, id, payment_id, kind, key, sent)
        select $1, w."authorizeId", t.id, 'authorize', w."authorizeKey", 'maybe'
          from taken t, wanted w
      ), announced as (
        insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
        select $1, w."eventId", t.id, t.version, w."eventSource", w."eventType",
               w."eventData" || jsonb_build_object('processed_on', iso8601(clock.now)), clock.now
          from taken t, wanted w, entity_now clock
         where clock.entity_key = $1
      )
      select id from taken`,
    values: [
      entityKey,
      JSON.stringify({
        ...members,
        authorizeId: authorizes.callId,
        authorizeKey: authorizes.key,
        ...eventRecord(event),
        ...callRecord(call),
      }),
      LEASE_S,
      nextSessionState('action_required', 'resumed'),
    ],
  })
  return rows.length > 0
}

/**
 * Where the challenge is. The payment does not change by it: its next change says that the shopper is asked. Answers
 * false when the lease has passed to somebody else, or the attempt has moved on: then the shopper is not asked.
 */
export async function keepChallenge(
  db: Queryable,
  entityKey: number,
  { paymentId, version, lease, answer }: Fence & { answer: AuthenticationAnswer },
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'keep_challenge',
    text: `
      with held as (
        select p.id from payments p
         where p.entity_key = $1 and p.id = $2 and p.version = $3 and p.leases = $4 and p.phase = 'sending'
           for no key update of p
      )
      update authentications a
         set answer = $5
        from held
       where a.entity_key = $1 and a.payment_id = held.id`,
    values: [entityKey, paymentId, version, lease, JSON.stringify(answer)],
  })
  return rowCount === 1
}

/**
 * Keeps the result of a challenge. The first one that comes before anything was decided counts: a repeat and a later one
 * change nothing.
 */
export async function keepResult(
  db: Queryable,
  entityKey: number,
  { paymentId, result }: { paymentId: string; result: AuthenticationResult },
): Promise<void> {
  await db.query({
    name: 'keep_authentication_result',
    text: `
      update authentications a
         set result = $3
        from payments p
       where a.entity_key = $1 and a.payment_id = $2 and a.result is null and a.ended is null
         and p.entity_key = $1 and p.id = a.payment_id and p.phase in ('sending', 'authenticating')`,
    values: [entityKey, paymentId, JSON.stringify(result)],
  })
}

/** The shopper's browser is back from the challenge; only its first return counts. */
export async function markReturned(db: Queryable, entityKey: number, paymentId: string): Promise<void> {
  await db.query({
    name: 'mark_returned',
    text: `
      update authentications set returned_on = now()
       where entity_key = $1 and payment_id = $2 and returned_on is null`,
    values: [entityKey, paymentId],
  })
}

export async function readAuthentication(
  db: Queryable,
  entityKey: number,
  paymentId: string,
): Promise<AuthenticationRow | undefined> {
  const { rows } = await db.query<AuthenticationRow>({
    name: 'read_authentication',
    text: `
      select a.payment_id as "paymentId", a.trans_id as "transId", a.amount, a.currency, a.reason, a.answer, a.result, a.ended,
             extract(epoch from now() - a.returned_on)::float8 as "returnedAgoS"
        from authentications a
       where a.entity_key = $1 and a.payment_id = $2`,
    values: [entityKey, paymentId],
  })
  return rows[0]
}

/** Whether an authorization of the attempt was, or was about to be, sent. */
export async function wasAuthorizationBegun(db: Queryable, entityKey: number, paymentId: string): Promise<boolean> {
  const { rows } = await db.query<{ begun: boolean }>({
    name: 'was_authorization_begun',
    text: `
      select exists (select from processor_calls c
                      where c.entity_key = $1 and c.payment_id = $2 and c.kind = 'authorize') as begun`,
    values: [entityKey, paymentId],
  })
  return rows[0]?.begun === true
}
