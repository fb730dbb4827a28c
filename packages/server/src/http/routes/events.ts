/** Events: read, replayed from a position, looked into, and delivered again. */
import { InvalidRequest } from '@sluice/core/problems'
import {
  EventListReply,
  EventReply,
  InvocationsReply,
  ReflowBody,
  SubjectEventsReply,
} from '@sluice/core/wire/workflows'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import {
  readEvent,
  readEventsAfter,
  readInvocations,
  readSubjectEvents,
  reflow,
  reflowMany,
} from '../../operations/reflow.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import { eventListReply, eventReply, invocationsReply, subjectEventsReply } from '../event-replies.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'
import { empty, idParams } from './schemas.ts'

const READ = requires({ any: ['flow:events', 'flow'] })
const REFLOW = requires({ any: ['flow:reflow', 'flow'] })
const tags = ['Events']
const EventParams = idParams('evt_…')
const SubjectParams = idParams('pay_…')
const InvocationParams = Type.Object({
  id: Type.String({ description: '`evt_…`' }),
  actionId: Type.String({ description: '`wfa_…`' }),
})
const EventWorkflowParams = Type.Object({
  id: Type.String({ description: '`evt_…`' }),
  workflowId: Type.String({ description: '`wf_…`' }),
})
const SubjectWorkflowParams = Type.Object({
  id: Type.String({ description: '`pay_…`' }),
  workflowId: Type.String({ description: '`wf_…`' }),
})
const Page = Type.Object({
  after: Type.Optional(
    Type.String({ description: 'Number of the last event you have; the next ones are answered. Default: 0.' }),
  ),
  limit: Type.Optional(Type.String({ description: 'How many, 1 to 100. Default: 100.' })),
})
const Accepted = empty('Accepted: it will be delivered again.')

const LONGEST_PAGE = 100
const WHOLE = /^(?:0|[1-9]\d{0,14})$/

export function eventRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get(
      '/events',
      {
        config: { access: READ, bodyCodes: ['after_invalid', 'limit_invalid'] },
        schema: {
          operationId: 'getEvents',
          summary: 'Read events from a position on',
          description:
            'In the order of their numbers, which have no gap: whoever remembers the last number misses nothing, whatever became of the webhooks.',
          tags,
          querystring: Page,
          response: { 200: EventListReply },
        },
      },
      async (request) => {
        const { after, limit } = pageOf(request.query)
        const { events, more } = await readEventsAfter(ctx, authenticatedCaller(request), after, limit)
        return eventListReply(ctx, events, more, after)
      },
    )

    app.get(
      '/workflows/events/:id',
      {
        config: { access: READ },
        schema: {
          operationId: 'getEvent',
          summary: 'Get an event, and where it went',
          tags,
          params: EventParams,
          response: { 200: EventReply },
        },
      },
      async (request) => eventReply(ctx, await readEvent(ctx, authenticatedCaller(request), request.params.id)),
    )

    app.get(
      '/workflows/events/:id/actions/:actionId',
      {
        config: { access: READ },
        schema: {
          operationId: 'getActionInvocations',
          summary: 'Get the deliveries of an event to a receiver',
          tags,
          params: InvocationParams,
          response: { 200: InvocationsReply },
        },
      },
      async (request) => {
        const { id, actionId } = request.params
        return invocationsReply(await readInvocations(ctx, authenticatedCaller(request), id, actionId))
      },
    )

    app.get(
      '/workflows/events/subject/:id',
      {
        config: { access: READ },
        schema: {
          operationId: 'getSubjectEvents',
          summary: 'List the events of a payment, in their order',
          tags,
          params: SubjectParams,
          response: { 200: SubjectEventsReply },
        },
      },
      async (request) =>
        subjectEventsReply(ctx, await readSubjectEvents(ctx, authenticatedCaller(request), request.params.id)),
    )

    app.post(
      '/workflows/events/:id/reflow',
      {
        config: { access: REFLOW, problems: ['event_id_invalid'] },
        schema: {
          operationId: 'reflowEvent',
          summary: 'Deliver an event again',
          tags,
          params: EventParams,
          response: { 202: Accepted },
        },
      },
      async (request, reply) => {
        await reflow(ctx, authenticatedCaller(request), { events: [request.params.id] }, 'path')
        return reply.code(202).send()
      },
    )

    app.post(
      '/workflows/events/:id/workflow/:workflowId/reflow',
      {
        config: { access: REFLOW, problems: ['event_id_invalid', 'workflow_id_invalid'] },
        schema: {
          operationId: 'reflowEventToWorkflow',
          summary: 'Deliver an event again to one workflow',
          tags,
          params: EventWorkflowParams,
          response: { 202: Accepted },
        },
      },
      async (request, reply) => {
        const { id, workflowId } = request.params
        await reflow(ctx, authenticatedCaller(request), { events: [id], workflows: [workflowId] }, 'path')
        return reply.code(202).send()
      },
    )

    app.post(
      '/workflows/events/subject/:id/reflow',
      {
        config: { access: REFLOW, problems: ['subject_id_invalid'] },
        schema: {
          operationId: 'reflowSubject',
          summary: 'Deliver the events of a payment again',
          tags,
          params: SubjectParams,
          response: { 202: Accepted },
        },
      },
      async (request, reply) => {
        await reflow(ctx, authenticatedCaller(request), { subjects: [request.params.id] }, 'path')
        return reply.code(202).send()
      },
    )

    app.post(
      '/workflows/events/subject/:id/workflow/:workflowId/reflow',
      {
        config: { access: REFLOW, problems: ['subject_id_invalid', 'workflow_id_invalid'] },
        schema: {
          operationId: 'reflowSubjectToWorkflow',
          summary: 'Deliver the events of a payment again to one workflow',
          tags,
          params: SubjectWorkflowParams,
          response: { 202: Accepted },
        },
      },
      async (request, reply) => {
        const { id, workflowId } = request.params
        await reflow(ctx, authenticatedCaller(request), { subjects: [id], workflows: [workflowId] }, 'path')
        return reply.code(202).send()
      },
    )

    app.post(
      '/workflows/events/reflow',
      {
        attachValidation: true,
        config: { access: REFLOW, problems: ['event_ids_invalid', 'subject_ids_invalid', 'workflow_ids_invalid'] },
        schema: {
          operationId: 'reflowMany',
          summary: 'Deliver events again, of events or payments, to some workflows or all',
          tags,
          body: ReflowBody,
          response: { 202: Accepted },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, ReflowBody)
        await reflowMany(ctx, authenticatedCaller(request), value, problems)
        return reply.code(202).send()
      },
    )
  }
}

function pageOf({ after = '0', limit = String(LONGEST_PAGE) }: { after?: string; limit?: string }) {
  const problems = [
    ...(WHOLE.test(after) ? [] : ['after_invalid']),
    ...(WHOLE.test(limit) && Number(limit) >= 1 && Number(limit) <= LONGEST_PAGE ? [] : ['limit_invalid']),
  ]
  if (problems.length > 0) throw new InvalidRequest(problems)
  return { after: Number(after), limit: Number(limit) }
}
