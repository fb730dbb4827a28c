/** Workflows: which events go where. */
import { wireId } from '@sluice/core/ids'
import { possibleCodes } from '@sluice/core/wire/codes'
import {
  ActionBody,
  ConditionBody,
  CreateWorkflowBody,
  EventTypesReply,
  MadeReply,
  TestWorkflowBody,
  UpdateWorkflowBody,
  WorkflowListReply,
  WorkflowReply,
} from '@sluice/core/wire/workflows'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import {
  addWorkflowAction,
  addWorkflowCondition,
  createWorkflow,
  deleteWorkflow,
  deleteWorkflowAction,
  deleteWorkflowCondition,
  EVENT_TYPES,
  listWorkflows,
  readWorkflow,
  replaceWorkflowAction,
  replaceWorkflowCondition,
  testWorkflow,
  updateWorkflow,
} from '../../operations/workflows.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import { summaryReply, workflowReply, workflowUrl } from '../event-replies.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'
import { empty, idParams } from './schemas.ts'

const ACCESS = requires({ any: ['flow:workflows', 'flow'] })
const tags = ['Workflows']
const WorkflowParams = idParams('wf_…')
const ActionParams = Type.Object({
  id: Type.String({ description: '`wf_…`' }),
  actionId: Type.String({ description: '`wfa_…`' }),
})
const ConditionParams = Type.Object({
  id: Type.String({ description: '`wf_…`' }),
  conditionId: Type.String({ description: '`wfc_…`' }),
})
const Nothing = empty('Done.')

const CONDITION_CODES = ['events_required', 'entities_required', 'processing_channels_required']
const OF_CONDITIONS = CONDITION_CODES.map((code) => `conditions_${code}`)

export function workflowRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/workflows',
      {
        attachValidation: true,
        config: {
          access: ACCESS,
          problems: ['workflow_limit_exceeded'],
          bodyCodes: [...possibleCodes(CreateWorkflowBody), ...OF_CONDITIONS],
        },
        schema: {
          operationId: 'createWorkflow',
          summary: 'Say which events go where',
          tags,
          body: CreateWorkflowBody,
          response: { 201: MadeReply },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, CreateWorkflowBody)
        const made = await createWorkflow(ctx, authenticatedCaller(request), value, problems)
        const id = wireId('workflow', made)
        return reply.code(201).send({ id, _links: { self: { href: workflowUrl(ctx, id) } } })
      },
    )

    app.get(
      '/workflows',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'getWorkflows',
          summary: 'List the workflows',
          tags,
          response: { 200: WorkflowListReply },
        },
      },
      async (request) => {
        const workflows = await listWorkflows(ctx, authenticatedCaller(request))
        return { data: workflows.map((one) => summaryReply(ctx, one)) }
      },
    )

    app.get(
      '/workflows/event-types',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'getEventTypes',
          summary: 'List the types of events',
          tags,
          response: { 200: EventTypesReply },
        },
      },
      () => EVENT_TYPES,
    )

    app.get(
      '/workflows/:id',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'getWorkflow',
          summary: 'Get a workflow',
          tags,
          params: WorkflowParams,
          response: { 200: WorkflowReply },
        },
      },
      async (request) => {
        const caller = authenticatedCaller(request)
        return workflowReply(ctx, caller.entityKey, await readWorkflow(ctx, caller, request.params.id))
      },
    )

    app.patch(
      '/workflows/:id',
      {
        attachValidation: true,
        config: { access: ACCESS, bodyCodes: [...possibleCodes(UpdateWorkflowBody), ...OF_CONDITIONS] },
        schema: {
          operationId: 'updateWorkflow',
          summary: 'Change a workflow',
          tags,
          params: WorkflowParams,
          body: UpdateWorkflowBody,
          response: { 200: WorkflowReply },
        },
      },
      async (request) => {
        const caller = authenticatedCaller(request)
        const { value, problems } = readBody(request, UpdateWorkflowBody)
        const changed = await updateWorkflow(ctx, caller, request.params.id, value, problems)
        return workflowReply(ctx, caller.entityKey, changed)
      },
    )

    app.delete(
      '/workflows/:id',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'deleteWorkflow',
          summary: 'Delete a workflow',
          tags,
          params: WorkflowParams,
          response: { 204: Nothing },
        },
      },
      async (request, reply) => {
        await deleteWorkflow(ctx, authenticatedCaller(request), request.params.id)
        return reply.code(204).send()
      },
    )

    app.post(
      '/workflows/:id/test',
      {
        attachValidation: true,
        config: { access: ACCESS },
        schema: {
          operationId: 'testWorkflow',
          summary: 'Send sample events to the receivers of a workflow',
          tags,
          params: WorkflowParams,
          body: TestWorkflowBody,
          response: { 204: Nothing },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, TestWorkflowBody)
        await testWorkflow(ctx, authenticatedCaller(request), request.params.id, value.event_types, problems)
        return reply.code(204).send()
      },
    )

    app.post(
      '/workflows/:id/actions',
      {
        attachValidation: true,
        config: { access: ACCESS, problems: ['workflow_limit_exceeded'] },
        schema: {
          operationId: 'addWorkflowAction',
          summary: 'Add a receiver',
          tags,
          params: WorkflowParams,
          body: ActionBody,
          response: { 201: MadeReply },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, ActionBody)
        const made = await addWorkflowAction(ctx, authenticatedCaller(request), request.params.id, value, problems)
        const id = wireId('workflowAction', made)
        const href = workflowUrl(ctx, request.params.id, 'actions', id)
        return reply.code(201).send({ id, _links: { self: { href } } })
      },
    )

    app.put(
      '/workflows/:id/actions/:actionId',
      {
        attachValidation: true,
        config: { access: ACCESS },
        schema: {
          operationId: 'updateWorkflowAction',
          summary: 'Replace a receiver',
          description: 'A secret that is sent back as it is shown, masked, stays as it was.',
          tags,
          params: ActionParams,
          body: ActionBody,
          response: { 200: Nothing },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, ActionBody)
        const { id, actionId } = request.params
        await replaceWorkflowAction(ctx, authenticatedCaller(request), id, actionId, value, problems)
        return reply.code(200).send()
      },
    )

    app.delete(
      '/workflows/:id/actions/:actionId',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'removeWorkflowAction',
          summary: 'Remove a receiver',
          description: 'What waits to be delivered to it is not sent any more.',
          tags,
          params: ActionParams,
          response: { 204: Nothing },
        },
      },
      async (request, reply) => {
        await deleteWorkflowAction(ctx, authenticatedCaller(request), request.params.id, request.params.actionId)
        return reply.code(204).send()
      },
    )

    app.post(
      '/workflows/:id/conditions',
      {
        attachValidation: true,
        config: { access: ACCESS, bodyCodes: [...possibleCodes(ConditionBody), ...CONDITION_CODES] },
        schema: {
          operationId: 'addWorkflowCondition',
          summary: 'Add a condition',
          tags,
          params: WorkflowParams,
          body: ConditionBody,
          response: { 201: MadeReply },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, ConditionBody)
        const made = await addWorkflowCondition(ctx, authenticatedCaller(request), request.params.id, value, problems)
        const id = wireId('workflowCondition', made)
        const href = workflowUrl(ctx, request.params.id, 'conditions', id)
        return reply.code(201).send({ id, _links: { self: { href } } })
      },
    )

    app.put(
      '/workflows/:id/conditions/:conditionId',
      {
        attachValidation: true,
        config: { access: ACCESS, bodyCodes: [...possibleCodes(ConditionBody), ...CONDITION_CODES] },
        schema: {
          operationId: 'updateWorkflowCondition',
          summary: 'Replace a condition',
          tags,
          params: ConditionParams,
          body: ConditionBody,
          response: { 200: Nothing },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, ConditionBody)
        const { id, conditionId } = request.params
        await replaceWorkflowCondition(ctx, authenticatedCaller(request), id, conditionId, value, problems)
        return reply.code(200).send()
      },
    )

    app.delete(
      '/workflows/:id/conditions/:conditionId',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'removeWorkflowCondition',
          summary: 'Remove a condition',
          description: 'A workflow without conditions is met by nothing.',
          tags,
          params: ConditionParams,
          response: { 204: Nothing },
        },
      },
      async (request, reply) => {
        const { id, conditionId } = request.params
        await deleteWorkflowCondition(ctx, authenticatedCaller(request), id, conditionId)
        return reply.code(204).send()
      },
    )
  }
}
