/** Event logs made comparable: what is random, or the hour of the day, is named by its order. */

/** One event as `GET /events` has it. */
export interface LoggedEvent {
  id: string
  type: string
  timestamp: string
  data: { id?: string; payment_id?: string; [member: string]: unknown }
  [member: string]: unknown
}

const ID = /^(?:pay|ps|act|sid|cus|src|pc|ent|evt|ack|tok|wf|wfa|inv|dsp)_[A-Za-z0-9_]{10,}$/
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/
/** Made of the payment's id by the bank. */
const REFERENCES = new Set([
  'auth_code',
  'acquirer_transaction_id',
  'acquirer_reference_number',
  'retrieval_reference_number',
  'scheme_id',
  'scheme_transaction_id',
  'fingerprint',
  'payment_account_reference',
  'cryptogram',
  'xid',
  'ds_transaction_id',
  'acs_transaction_id',
])
/** Say where the server is, or how the events of several payments are interleaved. */
const LEFT_OUT = new Set(['_links', 'event_links', 'sequence', 'workflow_id', 'created_on'])

/**
 * The events of a world, payment by payment in the order in which the payments were made. Ids become `pay#1`, `act#2` …,
 * moments become seconds since the first event (`+61.5s`), what the bank makes up is left out. Two worlds with the same seed, in
 * which the same was done on a frozen clock, have the same.
 */
export function normalisedEvents(events: readonly LoggedEvent[]): unknown[] {
  const first = Math.min(...events.map(({ timestamp }) => Date.parse(timestamp)))
  const names = new Map<string, string>()
  const counts = new Map<string, number>()

  const nameOf = (id: string): string => {
    const kind = id.slice(0, id.indexOf('_'))
    let name = names.get(id)
    if (name === undefined) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      name = `${kind}#${counts.get(kind)}`
      names.set(id, name)
    }
    return name
  }

  const plain = (value: unknown): unknown => {
    if (typeof value === 'string') {
      if (ID.test(value)) return nameOf(value)
      return MOMENT.test(value) ? `+${(Date.parse(value) - first) / 1000}s` : value
    }
    if (Array.isArray(value)) return value.map(plain)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !LEFT_OUT.has(name) && !REFERENCES.has(name))
        .map(([name, member]) => [name, plain(member)]),
    )
  }

  return [...events]
    .map((event, at) => ({ event, at, payment: ordered(event.data.payment_id ?? event.data.id ?? '') }))
    .sort((a, b) => (a.payment < b.payment ? -1 : a.payment > b.payment ? 1 : a.at - b.at))
    .map(({ event }) => plain(Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'id'))))
}

/** Ids hold the moment they were made at, in an alphabet whose digits come after its letters. */
function ordered(id: string): string {
  return id.replace(/[2-7]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0x4a))
}
