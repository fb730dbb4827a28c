/** An event as receivers and the API know it: what was written with the change, and links. The same bytes each time. */
import { wireId } from '@sluice/core/ids'
import type { EventEnvelope } from '@sluice/core/wire/workflows'
import type { Context } from '../context.ts'
import type { EventRow } from '../store/events.ts'

/** Version of the payloads; authentication has its own. */
const VERSIONS: Record<string, string> = { authentication: '2.1.0' }
const VERSION = '1.0.0'

export function envelopeOf(ctx: Context, event: EventRow): EventEnvelope {
  const { api } = ctx.config.urls
  const links = eventLinks(ctx, event)
  const createdOn = event.createdOn.toISOString()
  return {
    id: wireId('event', event.id),
    type: event.type,
    source: event.source,
    version: VERSIONS[event.source] ?? VERSION,
    created_on: createdOn,
    timestamp: createdOn,
    ...(event.sequence !== null && { sequence: event.sequence, subject_version: event.version }),
    data: { ...event.data, event_links: paymentLinks(api, event) },
    _links: links,
  }
}

/** Where an event and its subject are found, and what could be done with the payment then. */
export function eventLinks(ctx: Context, event: EventRow): Record<string, { href: string }> {
  const { api } = ctx.config.urls
  const hrefs = {
    self: `${api}/workflows/events/${wireId('event', event.id)}`,
    subject: `${api}/workflows/events/subject/${wireId('payment', event.subjectId)}`,
    ...paymentLinks(api, event),
  }
  return Object.fromEntries(Object.entries(hrefs).map(([name, href]) => [name, { href }]))
}

function paymentLinks(api: string, { subjectId, data }: EventRow): Record<string, string> {
  const payment = `${api}/payments/${wireId('payment', subjectId)}`
  const balances = (data['balances'] ?? {}) as Record<string, number>
  const possible = (what: string) => (balances[`available_to_${what}`] ?? 0) > 0
  return {
    payment,
    payment_actions: `${payment}/actions`,
    ...(possible('capture') && { capture: `${payment}/captures` }),
    ...(possible('void') && { void: `${payment}/voids` }),
    ...(possible('refund') && { refund: `${payment}/refunds` }),
  }
}
