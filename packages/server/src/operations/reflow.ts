/** Events read again, and delivered again. */
import { uuidOf } from '@sluice/core/ids'
import { InvalidRequest, Problem, type ProblemCode } from '@sluice/core/problems'
import type { ReflowBody } from '@sluice/core/wire/workflows'
import type { Context } from '../context.ts'
import type { EventRow } from '../store/events.ts'
import { type Caller, merchantOf } from './merchant.ts'

/** A payment has fewer events than this; so many are read at most. */
const MOST_OF_A_SUBJECT = 1_000

/** Events tell of all channels: a credential that is good for some of them does not see them. */
function maySeeAll(caller: Caller): void {
  if (caller.channels !== 'all') throw new Problem('action_not_allowed')
}

export async function readEvent(ctx: Context, caller: Caller, wire: string) {
  maySeeAll(caller)
  const id = uuidOf('event', wire)
  const event = id && (await ctx.store.readEvent(caller.entityKey, id))
  if (!event) throw new Problem('resource_not_found')
  return event
}

/** @param subject `pay_…` */
export async function readSubjectEvents(ctx: Context, caller: Caller, subject: string): Promise<EventRow[]> {
  maySeeAll(caller)
  const id = uuidOf('payment', subject)
  const events = id ? await ctx.store.readSubjectEvents(caller.entityKey, id, MOST_OF_A_SUBJECT) : []
  if (events.length === 0) throw new Problem('resource_not_found')
  return events
}

/** The deliveries of an event to one receiver. */
export async function readInvocations(ctx: Context, caller: Caller, event: string, action: string) {
  maySeeAll(caller)
  const [eventId, actionId] = [uuidOf('event', event), uuidOf('workflowAction', action)]
  const delivery = eventId && actionId && (await ctx.store.readDelivery(caller.entityKey, eventId, actionId))
  if (!delivery) throw new Problem('resource_not_found')
  return { ...delivery, eventId, actionId }
}

/** One more than `limit` is read, to know whether there are more. */
export async function readEventsAfter(
  ctx: Context,
  caller: Caller,
  after: number,
  limit: number,
): Promise<{ events: EventRow[]; more: boolean }> {
  maySeeAll(caller)
  const events = await ctx.store.readEventsAfter(caller.entityKey, after, limit + 1)
  return { events: events.slice(0, limit), more: events.length > limit }
}

/** What to deliver again, as it stands in a path or in a body. */
export interface WantedReflow {
  events?: readonly string[]
  subjects?: readonly string[]
  workflows?: readonly string[]
}

/** How an id that names nothing is answered: in a path by the singular, in a body by the plural. */
export type Wording = 'path' | 'body'

const CODES: Record<Wording, Record<'events' | 'subjects' | 'workflows', ProblemCode>> = {
  path: { events: 'event_id_invalid', subjects: 'subject_id_invalid', workflows: 'workflow_id_invalid' },
  body: { events: 'event_ids_invalid', subjects: 'subject_ids_invalid', workflows: 'workflow_ids_invalid' },
}

export async function reflow(ctx: Context, caller: Caller, wanted: WantedReflow, wording: Wording): Promise<void> {
  maySeeAll(caller)
  const codes = CODES[wording]
  const ids = (kind: 'event' | 'payment' | 'workflow', wires: readonly string[], code: ProblemCode) =>
    wires.map((wire) => {
      const id = uuidOf(kind, wire)
      if (id === undefined) throw new Problem(code)
      return id
    })
  const eventIds = ids('event', wanted.events ?? [], codes.events)
  const subjectIds = ids('payment', wanted.subjects ?? [], codes.subjects)
  const workflowIds = wanted.workflows ? ids('workflow', wanted.workflows, codes.workflows) : null
  const { id: entityId } = await merchantOf(ctx, caller.entityKey)
  const there = await ctx.store.reflowEvents(caller.entityKey, entityId, { eventIds, subjectIds, workflowIds })
  if (eventIds.some((id) => !there.eventIds.includes(id))) throw new Problem(codes.events)
  if (subjectIds.some((id) => !there.subjectIds.includes(id))) throw new Problem(codes.subjects)
  if (workflowIds?.some((id) => !there.workflowIds.includes(id))) throw new Problem(codes.workflows)
  ctx.wakeJobs()
}

/** @throws InvalidRequest unless the body names either events or subjects */
export async function reflowMany(
  ctx: Context,
  caller: Caller,
  body: ReflowBody,
  problems: readonly string[],
): Promise<void> {
  if (problems.length > 0) throw new InvalidRequest(problems)
  if ((body.events === undefined) === (body.subjects === undefined)) throw new Problem('event_ids_invalid')
  await reflow(ctx, caller, body, 'body')
}
