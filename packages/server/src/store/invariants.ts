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
              or authorized > requested or least(capturing, captured, voiding, voided, refunding, refunded) < 0)`,
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
         and (e.n, e.first, e.last, e.different) is distinct from (p.version, 1, p.version, p.version)`,
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
                          sum(amount) filter (where kind = 'refund') as refunded,
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
                               and a.state in ('requested', 'sending', 'in_doubt'))
              end
              or l.currencies > 1 or l.currency <> p.currency)`,
  },
  {
    name: 'actions_equal_amounts',
    says: 'What is reserved and booked on a payment is the sum of its actions.',
    text: `
      select p.id as subject, 'capturing ' || p.capturing || ', captured ' || p.captured as detail
        from payments p
        left join (select payment_id,
                          sum(amount) filter (where kind = 'capture' and state in ('requested', 'sending', 'in_doubt')) as capturing,
                          sum(amount) filter (where kind = 'capture' and state = 'succeeded') as captured,
                          sum(amount) filter (where kind = 'refund' and state in ('requested', 'sending', 'in_doubt')) as refunding,
                          sum(amount) filter (where kind = 'refund' and state = 'succeeded') as refunded
                     from payment_actions where entity_key = $1 group by payment_id) a on a.payment_id = p.id
       where p.entity_key = $1
         and (p.capturing, p.captured, p.refunding, p.refunded)
               is distinct from (coalesce(a.capturing, 0), coalesce(a.captured, 0), coalesce(a.refunding, 0),
                                 coalesce(a.refunded, 0))`,
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
    name: 'every_message_is_recorded',
    says: 'A processor is never asked about a payment without a row that says so.',
    text: `
      select p.id as subject, 'no call to authorize it' as detail
        from payments p
       where p.entity_key = $1
         and not exists (select from processor_calls c
                          where c.entity_key = $1 and c.payment_id = p.id and c.kind = 'authorize')`,
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
      select id, phase, authorized, captured, voided, refunded, currency,
             phase in ('authorized', 'verified', 'declined', 'cancelled', 'expired', 'not_sent')
             and capturing + voiding + refunding = 0
             and not exists (select from payment_actions a
                              where a.entity_key = $1 and a.payment_id = payments.id
                                and a.state in ('requested', 'sending', 'in_doubt')) as decided
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
