/**
 * What must hold of any merchant's rows at any moment, written so that a breach is a row. `sluice verify` runs these on
 * a test database and on a production one alike.
 */
import type { Queryable } from './db.ts'

/** A rule that does not hold. `subject`: UUID of the payment or session. */
export interface Breach {
  rule: string
  subject: string
  detail: string
}

interface Rule {
  name: string
  /** One sentence for people. */
  says: string
  /** Selects `subject` and `detail` of every breach of one merchant, $1. */
  text: string
}

/** Named like the statements they are. */
const RULES: readonly Rule[] = [
  {
    name: 'one_payment_per_session',
    says: 'A session has at most one payment that is approved or under way.',
    text: `
      select session_id as subject, count(*) || ' payments' as detail
        from payments
       where entity_key = $1 and phase not in ('declined', 'cancelled', 'expired', 'not_sent')
       group by session_id having count(*) > 1`,
  },
  {
    name: 'amounts_within_bounds',
    says: 'Captured and voided are within authorized, refunded within captured, authorized within requested.',
    text: `
      select id as subject, 'authorized ' || authorized || ', captured ' || captured || ', voided ' || voided as detail
        from payments
       where entity_key = $1
         and (capturing + captured + voiding + voided > authorized or refunding + refunded > captured
              or authorized > requested + incremented or least(capturing, captured, voiding, voided, refunding, refunded) < 0)`,
  },
  {
    name: 'failed_payments_hold_nothing',
    says: 'Only an authorized payment has amounts.',
    text: `
      select id as subject, phase || ' holds ' || authorized + captured as detail
        from payments
       where entity_key = $1 and phase <> 'authorized' and authorized + captured + voided + refunded > 0`,
  },
  {
    name: 'one_event_per_change',
    says: 'The events of a payment are its versions 1 to n, each once.',
    text: `
      select p.id as subject, 'version ' || p.version || ', events ' || coalesce(e.versions, 'none') as detail
        from payments p
        left join (select subject_id, count(*) as n, min(version) as first, max(version) as last,
                          count(distinct version) as different, string_agg(version::text, ' ' order by version) as versions
                     from events where entity_key = $1 group by subject_id) e on e.subject_id = p.id
       where p.entity_key = $1
         and case when p.id < (select kept_from from retention)
                  -- Its first events may have been dropped with their month: those that are there are the last ones.
                  then e.n is not null and (e.different, e.last) is distinct from (e.n, p.version)
                  else (e.n, e.first, e.last, e.different) is distinct from (p.version, 1, p.version, p.version) end`,
  },
  {
    name: 'events_numbered_without_gap',
    says: 'Published events are numbered one after another up to the last number given, each number once.',
    text: `
      select coalesce(min(e.id::text), '00000000-0000-0000-0000-000000000000')::uuid as subject,
             count(*) || ' events from ' || coalesce(min(e.sequence), 0) || ' to ' || coalesce(max(e.sequence), 0)
             || ', last ' || coalesce((select c.last from event_counters c where c.entity_key = $1), 0) as detail
        from events e
       where e.entity_key = $1 and e.sequence is not null
      having count(*) > 0
         and (count(distinct e.sequence), max(e.sequence) - min(e.sequence) + 1, max(e.sequence))
               is distinct from (count(*), count(*),
                                 (select c.last from event_counters c where c.entity_key = $1))`,
  },
  {
    name: 'events_in_the_order_of_changes',
    says: 'Of two published events of a payment the later change has the later number.',
    text: `
      select e.subject_id as subject, 'version ' || e.version || ' has number ' || e.sequence as detail
        from (select subject_id, version, sequence, sample,
                     max(sequence) over (partition by subject_id order by version
                                         rows between unbounded preceding and 1 preceding) as before
                from events where entity_key = $1 and sequence is not null) e
       where e.sequence < e.before`,
  },
  {
    name: 'ledger_equals_amounts',
    says: 'The ledger entries of a payment add up to its amounts, in its currency.',
    text: `
      select p.id as subject, 'authorized ' || p.authorized || ' booked ' || coalesce(l.authorized, 0)
                              || ', captured ' || p.captured || ' booked ' || coalesce(l.captured, 0) as detail
        from payments p
        left join (select payment_id,
                          sum(amount) filter (where kind = 'authorization') as authorized,
                          sum(amount) filter (where kind = 'capture') as captured,
                          sum(amount) filter (where kind = 'void') as voided,
                          sum(case kind when 'refund' then amount when 'refund_failed' then -amount end) as refunded,
                          sum(amount) filter (where kind = 'return') as returned,
                          sum(case kind when 'chargeback' then amount when 'chargeback_won' then -amount end) as charged_back,
                          count(distinct currency) as currencies, min(currency) as currency
                     from ledger_entries where entity_key = $1 group by payment_id) l on l.payment_id = p.id
       where p.entity_key = $1
         and (case when p.phase = 'authorized'
                   then (p.authorized, p.captured, p.voided, p.refunded)
                        is distinct from (coalesce(l.authorized, 0), coalesce(l.captured, 0), coalesce(l.voided, 0),
                                          coalesce(l.refunded, 0))
                   -- Money found after the end, and given back or on its way back.
                   else coalesce(l.authorized, 0) - coalesce(l.voided, 0)
                        <> (select coalesce(sum(a.amount), 0) from payment_actions a
                             where a.entity_key = $1 and a.payment_id = p.id and a.kind = 'reversal'
                               and a.state not in ('succeeded', 'failed'))
              end
              or p.returned <> coalesce(l.returned, 0) or p.charged_back <> coalesce(l.charged_back, 0)
              or l.currencies > 1 or l.currency <> p.currency)`,
  },
  {
    name: 'actions_equal_amounts',
    says: 'What is reserved and booked on a payment is the sum of its actions.',
    text: `
      select p.id as subject, 'capturing ' || p.capturing || ', captured ' || p.captured as detail
        from payments p
        left join (select payment_id,
                          sum(amount) filter (where kind = 'capture' and state not in ('succeeded', 'failed')) as capturing,
                          sum(amount) filter (where kind = 'capture' and state = 'succeeded') as captured,
                          sum(amount) filter (where kind = 'void' and state not in ('succeeded', 'failed')) as voiding,
                          sum(amount) filter (where kind = 'void' and state = 'succeeded') as voided,
                          sum(amount) filter (where kind = 'refund' and state not in ('succeeded', 'failed')) as refunding,
                          sum(amount) filter (where kind = 'refund' and state = 'succeeded') as refunded,
                          sum(amount) filter (where kind = 'increment' and state = 'succeeded') as incremented
                     from payment_actions where entity_key = $1 group by payment_id) a on a.payment_id = p.id
       where p.entity_key = $1
         and (p.capturing, p.captured, p.voiding, p.voided, p.refunding, p.refunded, p.incremented)
               is distinct from (coalesce(a.capturing, 0), coalesce(a.captured, 0), coalesce(a.voiding, 0),
                                 coalesce(a.voided, 0), coalesce(a.refunding, 0), coalesce(a.refunded, 0),
                                 coalesce(a.incremented, 0))`,
  },
  {
    name: 'refunds_within_their_capture',
    says: 'Refunds that name a capture give back no more than it took, and the capture counts them.',
    text: `
      select c.payment_id as subject, 'capture of ' || c.amount || ', refunded ' || c.refunded as detail
        from payment_actions c
        left join (select of_action,
                          sum(amount) filter (where state not in ('succeeded', 'failed')) as refunding,
                          sum(amount) filter (where state = 'succeeded') as refunded
                     from payment_actions where entity_key = $1 and of_action is not null
                    group by of_action) r on r.of_action = c.id
       where c.entity_key = $1 and c.kind = 'capture'
         and ((c.refunding, c.refunded) is distinct from (coalesce(r.refunding, 0), coalesce(r.refunded, 0))
              or c.refunding + c.refunded > c.amount)`,
  },
  {
    name: 'shares_add_up',
    says: 'The shares of a capture or refund add up to its amount, and no sub-entity gives back more than it was given.',
    text: `
      select a.payment_id as subject, a.kind || ' of ' || a.amount || ' shared as ' || a.allocations as detail
        from payment_actions a
       where a.entity_key = $1 and a.allocations is not null and a.kind in ('capture', 'refund')
         and a.amount <> (select coalesce(sum((share ->> 'amount')::bigint), 0)
                            from jsonb_array_elements(a.allocations) share)
      union all
      select a.payment_id as subject, 'sub-entity ' || (share ->> 'id') || ' gives back more than it was given' as detail
        from payment_actions a cross join lateral jsonb_array_elements(a.allocations) share
       where a.entity_key = $1 and a.allocations is not null and a.state <> 'failed'
       group by a.payment_id, share ->> 'id'
      having sum((share ->> 'amount')::bigint) filter (where a.kind = 'refund')
             > sum((share ->> 'amount')::bigint) filter (where a.kind = 'capture')`,
  },
  {
    name: 'session_follows_its_payment',
    says: 'A session is completed when a payment of it is approved, busy while one is under way, and otherwise neither.',
    text: `
      select s.id as subject, s.state || ' with ' || coalesce(string_agg(p.phase, ' '), 'no payment') as detail
        from payment_sessions s
        left join payments p on p.entity_key = $1 and p.session_id = s.id
                            and p.phase not in ('declined', 'cancelled', 'expired', 'not_sent')
       where s.entity_key = $1
       group by s.id, s.state
      having (s.state = 'completed') <> coalesce(bool_or(p.phase in ('authorized', 'verified')), false)
          or (s.state = 'action_required') <> coalesce(bool_or(p.phase in ('authenticating', 'redirected')), false)
          or (s.state = 'processing') <> coalesce(bool_or(p.phase in ('created', 'sending', 'in_doubt', 'pending', 'reversing')), false)`,
  },
  {
    name: 'attempts_within_limit',
    says: 'No session has had more attempts than it may.',
    text: `
      select id as subject, attempts || ' of ' || max_attempts as detail
        from payment_sessions where entity_key = $1 and attempts > max_attempts`,
  },
  {
    name: 'one_payment_per_nonce',
    says: 'What a shopper sealed was used once.',
    text: `
      select min(id::text)::uuid as subject, count(*) || ' payments' as detail
        from payments where entity_key = $1 and phase <> 'not_sent' group by nonce having count(*) > 1`,
  },
  {
    name: 'nothing_is_forgotten',
    says: 'Every payment under way is being worked on, will be asked about, or was given to a person.',
    text: `
      select id as subject, phase || ' with nobody to look after it' as detail
        from payments
       where entity_key = $1 and phase in ('created', 'sending', 'in_doubt', 'pending', 'reversing', 'authenticating', 'redirected')
         and ask_on is null and review is null`,
  },
  {
    name: 'cards_wait_for_challenges_only',
    says: 'A card waits only for an attempt whose shopper is being authenticated.',
    text: `
      select h.payment_id as subject, 'a card waits for a payment that is ' || p.phase as detail
        from attempt_holds h
        join payments p on p.entity_key = $1 and p.id = h.payment_id
       where h.entity_key = $1 and p.phase not in ('sending', 'authenticating')`,
  },
  {
    name: 'every_message_is_recorded',
    says: 'A processor is never asked about a payment without a row that says so, and none is authorized, verified, in doubt or being undone without a call to authorize it.',
    text: `
      select p.id as subject, p.phase || ' without the call that began it' as detail
        from payments p
       where p.entity_key = $1
         and not exists (select from processor_calls c
                          where c.entity_key = $1 and c.payment_id = p.id
                            and (c.kind = 'authorize'
                                 or c.kind = 'authenticate' and p.authorized = 0
                                    and p.phase not in ('authorized', 'verified', 'in_doubt', 'reversing')))`,
  },
  {
    name: 'authorized_as_authenticated',
    says: 'A payment that its shopper authenticated for is authorized for no more than that, increments aside, and in the same currency.',
    text: `
      select p.id as subject,
             'authorized ' || p.authorized || ' ' || p.currency || ', authenticated ' || a.amount || ' ' || a.currency as detail
        from payments p
        join authentications a on a.entity_key = $1 and a.payment_id = p.id
       where p.entity_key = $1 and p.authorized > 0 and a.ended is not null and a.result ->> 'status' in ('Y', 'A')
         and (p.authorized - p.incremented > a.amount or p.currency <> a.currency)`,
  },
  {
    name: 'every_end_is_announced',
    says: 'A payment that was decided has the event that says so, unless nothing was ever sent.',
    text: `
      select p.id as subject, p.phase || ' with no event of it' as detail
        from payments p
       where p.entity_key = $1
         and p.phase in ('authorized', 'verified', 'declined', 'cancelled', 'expired')
         -- Of older ones the event may have been dropped with its month.
         and not coalesce(p.id < (select kept_from from retention), false)
         and not exists (select from events e
                          where e.entity_key = $1 and e.subject_id = p.id
                            and e.type = any (case p.phase
                                  when 'authorized' then array['payment_approved', 'payment_capture_pending']
                                  when 'verified' then array['card_verified']
                                  when 'declined' then array['payment_declined', 'card_verification_declined']
                                  when 'cancelled' then array['payment_canceled']
                                  else array['payment_expired'] end))`,
  },
]

/** The rules, for the reference page. */
export const INVARIANTS = RULES.map(({ name, says }) => ({ name, says }))

/** Every breach of every rule by one merchant's rows. */
export async function findBreaches(db: Queryable, entityKey: number): Promise<Breach[]> {
  const breaches: Breach[] = []
  for (const { name, text } of RULES) {
    const { rows } = await db.query<{ subject: string; detail: string }>({
      name: `invariant_${name}`,
      text,
      values: [entityKey],
    })
    breaches.push(...rows.map((row) => ({ rule: name, ...row })))
  }
  return breaches
}

/** What the comparison with a bank's books needs of a payment. Amounts in minor units. */
export interface BookedPayment {
  id: string
  phase: string
  authorized: number
  captured: number
  voided: number
  refunded: number
  returned: number
  chargedBack: number
  currency: string
  decided: boolean
}

/** One merchant's payments at one processor, in pages by id. */
export async function readBookedPayments(
  db: Queryable,
  entityKey: number,
  processor: string,
  after: string,
  limit: number,
): Promise<BookedPayment[]> {
  const { rows } = await db.query<BookedPayment>({
    name: 'read_booked_payments',
    text: `
      select id, phase, authorized, captured, voided, refunded, returned, charged_back as "chargedBack", currency,
             phase in ('authorized', 'verified', 'declined', 'cancelled', 'expired', 'not_sent')
             and capturing + voiding + refunding = 0
             and not exists (select from payment_actions a
                              where a.entity_key = $1 and a.payment_id = payments.id
                                and a.state not in ('succeeded', 'failed')) as decided
        from payments
       where entity_key = $1 and processor ->> 'processor' = $2 and id > $3
       order by id
       limit $4`,
    values: [entityKey, processor, after, limit],
  })
  return rows
}

/** Merchants whose rows are to be checked. */
export async function readEntities(db: Queryable): Promise<{ entityKey: number; id: string; name: string }[]> {
  const { rows } = await db.query<{ entityKey: number; id: string; name: string }>({
    name: 'read_entities',
    text: `select entity_key as "entityKey", id, name from entities order by entity_key`,
    values: [],
  })
  return rows
}
