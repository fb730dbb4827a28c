/** Workflows, events and deliveries as the wire spells them. */
import { wireId } from '@sluice/core/ids'
import type {
  ActionReply,
  ConditionReply,
  EventListReply,
  EventReply,
  InvocationsReply,
  SubjectEventsReply,
  WorkflowReply,
  WorkflowSummary,
} from '@sluice/core/wire/workflows'
import type { Context } from '../context.ts'
import { envelopeOf, eventLinks } from '../operations/event-envelope.ts'
import { maskedSecrets, unsealReceiver } from '../operations/receiver-secrets.ts'
import type { readEvent, readInvocations } from '../operations/reflow.ts'
import { shownCondition } from '../operations/workflows.ts'
import type { DeliveryState, EventRow } from '../store/events.ts'
import type { ActionSettings, ConditionRow, WorkflowRow } from '../store/workflows.ts'

export function workflowUrl(ctx: Context, id: string, ...rest: string[]): string {
  return [ctx.config.urls.api, 'workflows', id, ...rest].join('/')
}

export function summaryReply(ctx: Context, { id, name, active }: Pick<WorkflowRow, 'id' | 'name' | 'active'>) {
  const wire = wireId('workflow', id)
  const reply: WorkflowSummary = { id: wire, active, _links: { self: { href: workflowUrl(ctx, wire) } } }
  if (name !== null) reply.name = name
  return reply
}

export function workflowReply(ctx: Context, entityKey: number, workflow: WorkflowRow): WorkflowReply {
  const id = wireId('workflow', workflow.id)
  return {
    ...summaryReply(ctx, workflow),
    conditions: workflow.conditions.map((one) => conditionReply(ctx, id, one)),
    actions: workflow.actions.map((one) => actionReply(ctx, entityKey, id, one)),
  }
}

function conditionReply(ctx: Context, workflow: string, condition: ConditionRow): ConditionReply {
  const id = wireId('workflowCondition', condition.id)
  return {
    id,
    type: condition.type,
    ...shownCondition(condition),
    _links: { self: { href: workflowUrl(ctx, workflow, 'conditions', id) } },
  }
}

function actionReply(ctx: Context, entityKey: number, workflow: string, action: ActionSettings): ActionReply {
  const id = wireId('workflowAction', action.id)
  const { headers, key } = maskedSecrets(unsealReceiver(ctx, entityKey, action.id, action.sealed))
  return {
    id,
    type: 'webhook',
    url: action.url,
    headers,
    ...(key !== undefined && { signature: { method: 'HMACSHA256', key } }),
    _links: { self: { href: workflowUrl(ctx, workflow, 'actions', id) } },
  }
}

/** On the wire: given up and called off are both `failed`. */
const STATUS: Record<DeliveryState, 'pending' | 'successful' | 'failed'> = {
  waiting: 'pending',
  delivered: 'successful',
  dead: 'failed',
  canceled: 'failed',
}

export function eventReply(ctx: Context, event: Awaited<ReturnType<typeof readEvent>>): EventReply {
  const envelope = envelopeOf(ctx, event)
  return {
    ...envelope,
    action_invocations: event.invocations.map(({ workflowId, actionId, state }) => {
      const action = wireId('workflowAction', actionId)
      const href = workflowUrl(ctx, 'events', envelope.id, 'actions', action)
      return {
        workflow_id: wireId('workflow', workflowId),
        workflow_action_id: action,
        status: STATUS[state],
        _links: { workflow_action_invocations: { href } },
      }
    }),
  }
}

export function invocationsReply(delivery: Awaited<ReturnType<typeof readInvocations>>): InvocationsReply {
  return {
    workflow_id: wireId('workflow', delivery.workflowId),
    event_id: wireId('event', delivery.eventId),
    workflow_action_id: wireId('workflowAction', delivery.actionId),
    action_type: 'webhook',
    status: STATUS[delivery.state],
    ...(delivery.state === 'waiting' && { next_attempt_on: delivery.nextOn.toISOString() }),
    action_invocations: delivery.attempts.map(({ id, retry, succeeded, final, details, attemptedOn }) => ({
      invocation_id: wireId('invocation', id),
      timestamp: attemptedOn.toISOString(),
      retry,
      succeeded,
      final,
      result_details: details,
    })),
  }
}

export function subjectEventsReply(ctx: Context, events: readonly EventRow[]): SubjectEventsReply {
  return {
    data: events.map((event) => {
      const links = eventLinks(ctx, event)
      const self = links['self']?.href ?? ''
      return {
        id: wireId('event', event.id),
        type: event.type,
        timestamp: event.createdOn.toISOString(),
        _links: { ...links, reflow: { href: `${self}/reflow` } },
      }
    }),
  }
}

/** @param after the position that was asked for: where to go on when nothing came after it */
export function eventListReply(
  ctx: Context,
  events: readonly EventRow[],
  more: boolean,
  after: number,
): EventListReply {
  return {
    data: events.map((event) => envelopeOf(ctx, event)),
    last: events.at(-1)?.sequence ?? after,
    has_more: more,
  }
}
