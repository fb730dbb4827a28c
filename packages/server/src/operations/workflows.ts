/** Workflows: a merchant says which events go where. */
import { EVENT_SOURCES, sourceOfEvent } from '@sluice/core/events'
import { uuidOf, wireId } from '@sluice/core/ids'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import {
  type ActionBody,
  type ConditionBody,
  type CreateWorkflowBody,
  MOST_ACTIONS,
  MOST_WORKFLOWS,
  type UpdateWorkflowBody,
} from '@sluice/core/wire/workflows'
import type { Context } from '../context.ts'
import type { ActionSettings, ConditionRow, WorkflowRow } from '../store/workflows.ts'
import { isRefused } from '../webhooks/send.ts'
import { newId } from './ids.ts'
import type { Caller } from './merchant.ts'
import { type ReceiverSecrets, sealReceiver, unmaskedSecrets, unsealReceiver } from './receiver-secrets.ts'
import { sampleData } from './sample-event.ts'

const UNIQUE_VIOLATION = '23505'

/** Headers that frame the message: they are the connection's, and not a merchant's to set. */
const FRAMING = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
])

/** A workflow sees the events of all channels: a credential that is good for some of them may not have one. */
function mayHaveAll(caller: Caller): void {
  if (caller.channels !== 'all') throw new Problem('action_not_allowed')
}

export async function createWorkflow(
  ctx: Context,
  caller: Caller,
  body: CreateWorkflowBody,
  problems: readonly string[],
): Promise<string> {
  mayHaveAll(caller)
  const { entityKey } = caller
  refuseProblems([...problems, ...conditionsProblems(body.conditions), ...actionsProblems(ctx, body.actions)])
  const workflow: WorkflowRow = {
    id: newId(ctx, entityKey),
    name: body.name ?? null,
    active: body.active ?? true,
    conditions: body.conditions.map((one) => conditionRow(ctx, entityKey, one)),
    actions: body.actions.map((one) => actionRow(ctx, entityKey, newId(ctx, entityKey), one, undefined)),
  }
  if (!(await ctx.store.createWorkflow(entityKey, workflow, MOST_WORKFLOWS)))
    throw new Problem('workflow_limit_exceeded')
  return workflow.id
}

export async function listWorkflows(
  ctx: Context,
  caller: Caller,
): Promise<Pick<WorkflowRow, 'id' | 'name' | 'active'>[]> {
  mayHaveAll(caller)
  return await ctx.store.listWorkflows(caller.entityKey)
}

/** @throws Problem `resource_not_found` */
export async function readWorkflow(ctx: Context, caller: Caller, wire: string): Promise<WorkflowRow> {
  mayHaveAll(caller)
  return found(await ctx.store.readWorkflow(caller.entityKey, idOf('workflow', wire)))
}

export async function updateWorkflow(
  ctx: Context,
  caller: Caller,
  wire: string,
  body: UpdateWorkflowBody,
  problems: readonly string[],
): Promise<WorkflowRow> {
  const before = await readWorkflow(ctx, caller, wire)
  const { entityKey } = caller
  refuseProblems([
    ...problems,
    ...conditionsProblems(body.conditions ?? []),
    ...actionsProblems(ctx, body.actions ?? []),
  ])
  // The same address is the same receiver, with what waits for it.
  const left = [...before.actions]
  const takeSame = (url: string) => {
    const at = left.findIndex((one) => one.url === url)
    return at < 0 ? undefined : left.splice(at, 1)[0]
  }
  await ctx.store.updateWorkflow(entityKey, before.id, {
    name: body.name ?? null,
    active: body.active ?? null,
    conditions: body.conditions?.map((one) => conditionRow(ctx, entityKey, one)) ?? null,
    actions:
      body.actions?.map((one) => {
        const same = takeSame(one.url)
        const known = same ?? before.actions.find(({ url }) => url === one.url)
        return actionRow(ctx, entityKey, same?.id ?? newId(ctx, entityKey), one, known)
      }) ?? null,
  })
  return await readWorkflow(ctx, caller, wire)
}

export async function deleteWorkflow(ctx: Context, caller: Caller, wire: string): Promise<void> {
  mayHaveAll(caller)
  isThere(await ctx.store.deleteWorkflow(caller.entityKey, idOf('workflow', wire)))
}

/** Answers the UUID of the new receiver. */
export async function addWorkflowAction(
  ctx: Context,
  caller: Caller,
  workflow: string,
  body: ActionBody,
  problems: readonly string[],
): Promise<string> {
  const { id: workflowId } = await readWorkflow(ctx, caller, workflow)
  refuseProblems([...problems, ...actionProblems(ctx, body)])
  const action = actionRow(ctx, caller.entityKey, newId(ctx, caller.entityKey), body, undefined)
  const added = await ctx.store.addWorkflowAction(caller.entityKey, workflowId, action, MOST_ACTIONS)
  if (!added) throw new Problem('workflow_limit_exceeded')
  return action.id
}

export async function replaceWorkflowAction(
  ctx: Context,
  caller: Caller,
  workflow: string,
  wire: string,
  body: ActionBody,
  problems: readonly string[],
): Promise<void> {
  const { id: workflowId, actions } = await readWorkflow(ctx, caller, workflow)
  const id = idOf('workflowAction', wire)
  const before = found(actions.find((one) => one.id === id))
  refuseProblems([...problems, ...actionProblems(ctx, body)])
  const action = actionRow(ctx, caller.entityKey, id, body, before)
  isThere(await ctx.store.replaceWorkflowAction(caller.entityKey, workflowId, action))
}

export async function deleteWorkflowAction(
  ctx: Context,
  caller: Caller,
  workflow: string,
  wire: string,
): Promise<void> {
  mayHaveAll(caller)
  const [workflowId, id] = [idOf('workflow', workflow), idOf('workflowAction', wire)]
  isThere(await ctx.store.deleteWorkflowAction(caller.entityKey, workflowId, id))
}

/** Answers the UUID of the new condition. */
export async function addWorkflowCondition(
  ctx: Context,
  caller: Caller,
  workflow: string,
  body: ConditionBody,
  problems: readonly string[],
): Promise<string> {
  const { id: workflowId } = await readWorkflow(ctx, caller, workflow)
  refuseProblems([...problems, ...conditionProblems(body)])
  const condition = conditionRow(ctx, caller.entityKey, body)
  isThere(await onceOfAType(ctx.store.addWorkflowCondition(caller.entityKey, workflowId, condition)))
  return condition.id
}

export async function replaceWorkflowCondition(
  ctx: Context,
  caller: Caller,
  workflow: string,
  wire: string,
  body: ConditionBody,
  problems: readonly string[],
): Promise<void> {
  const { id: workflowId, conditions } = await readWorkflow(ctx, caller, workflow)
  const id = idOf('workflowCondition', wire)
  found(conditions.find((one) => one.id === id))
  refuseProblems([...problems, ...conditionProblems(body)])
  const condition = { ...conditionRow(ctx, caller.entityKey, body), id }
  isThere(await onceOfAType(ctx.store.replaceWorkflowCondition(caller.entityKey, workflowId, condition)))
}

export async function deleteWorkflowCondition(
  ctx: Context,
  caller: Caller,
  workflow: string,
  wire: string,
): Promise<void> {
  mayHaveAll(caller)
  const [workflowId, id] = [idOf('workflow', workflow), idOf('workflowCondition', wire)]
  isThere(await ctx.store.deleteWorkflowCondition(caller.entityKey, workflowId, id))
}

/** Sends a sample of each type to the workflow's receivers, whatever its conditions. */
export async function testWorkflow(
  ctx: Context,
  caller: Caller,
  wire: string,
  eventTypes: readonly string[],
  problems: readonly string[],
): Promise<void> {
  const workflow = await readWorkflow(ctx, caller, wire)
  refuseProblems(problems)
  const { entityKey } = caller
  const samples = eventTypes.map((type) => {
    const source = sourceOfEvent(type)
    if (source === undefined) throw new InvalidRequest(['event_types_invalid'])
    const subjectId = newId(ctx, entityKey)
    const actionId = newId(ctx, entityKey)
    return { id: newId(ctx, entityKey), subjectId, source, type, data: sampleData(type, subjectId, actionId) }
  })
  await ctx.store.addSampleEvents(entityKey, workflow.id, samples)
  ctx.wakeJobs()
}

/** The types there are, as the API lists them. */
export const EVENT_TYPES = EVENT_SOURCES.map(({ events, ...source }) => ({
  ...source,
  events: events.map(({ id, display_name, description }) => ({ id, display_name, description })),
}))

/** Ids of the wire in a stored condition: what was sent. */
export function shownCondition({
  type,
  config,
}: ConditionRow): Partial<Record<'events', Record<string, string[]>>> &
  Partial<Record<'entities' | 'processing_channels', string[]>> {
  if (type === 'event') return { events: config as Record<string, string[]> }
  if (type === 'entity') return { entities: (config as string[]).map((id) => wireId('entity', id)) }
  return { processing_channels: (config as string[]).map((id) => wireId('channel', id)) }
}

function conditionRow(ctx: Context, entityKey: number, body: ConditionBody): ConditionRow {
  const ids = (kind: 'entity' | 'channel', wires: readonly string[] = []) =>
    wires.flatMap((wire) => uuidOf(kind, wire) ?? [])
  const config = {
    event: () => body.events ?? {},
    entity: () => ids('entity', body.entities),
    processing_channel: () => ids('channel', body.processing_channels),
  }[body.type]()
  return { id: newId(ctx, entityKey), type: body.type, config }
}

function actionRow(
  ctx: Context,
  entityKey: number,
  id: string,
  { url, headers, signature }: ActionBody,
  before: ActionSettings | undefined,
): ActionSettings {
  const given: ReceiverSecrets = { headers: headers ?? {}, key: signature?.key }
  const known = before && unsealReceiver(ctx, entityKey, before.id, before.sealed)
  return { id, url, sealed: sealReceiver(ctx, entityKey, id, unmaskedSecrets(given, known)) }
}

/** Beside what the schema says. A member that the schema refused may be anything here. */
function conditionsProblems(conditions: readonly ConditionBody[] | undefined): string[] {
  if (!Array.isArray(conditions)) return []
  const types = conditions.map(({ type }) => type)
  const repeated = new Set(types).size < types.length ? ['conditions_type_invalid'] : []
  return [...repeated, ...conditions.flatMap(conditionProblems).map((code) => `conditions_${code}`)]
}

function conditionProblems({ type, events, entities, processing_channels: channels }: ConditionBody): string[] {
  const unknown = (kind: 'entity' | 'channel', ids: readonly string[]) =>
    Array.isArray(ids) && ids.some((id) => typeof id === 'string' && uuidOf(kind, id) === undefined)
  if (type === 'event') {
    if (events === undefined) return ['events_required']
    return Object.keys(events).length === 0 ? ['events_invalid'] : []
  }
  if (type === 'entity') {
    if (entities === undefined) return ['entities_required']
    return unknown('entity', entities) ? ['entities_invalid'] : []
  }
  if (type === 'processing_channel') {
    if (channels === undefined) return ['processing_channels_required']
    return unknown('channel', channels) ? ['processing_channels_invalid'] : []
  }
  return []
}

function actionsProblems(ctx: Context, actions: readonly ActionBody[] | undefined): string[] {
  if (!Array.isArray(actions)) return []
  return actions.flatMap((one: ActionBody) => actionProblems(ctx, one)).map((code) => `actions_${code}`)
}

function actionProblems(ctx: Context, { url, headers }: ActionBody): string[] {
  const problems: string[] = []
  // In production a name may still resolve to an address that is refused: that shows when something is sent.
  if (ctx.config.mode === 'production' && URL.canParse(url) && isRefused(url)) problems.push('url_invalid')
  if (Object.keys(headers ?? {}).some((name) => FRAMING.has(name.toLowerCase()))) problems.push('headers_invalid')
  return problems
}

function refuseProblems(problems: readonly string[]): void {
  if (problems.length > 0) throw new InvalidRequest([...new Set(problems)])
}

/** A workflow has at most one condition of each type. */
async function onceOfAType(done: Promise<boolean>): Promise<boolean> {
  try {
    return await done
  } catch (cause) {
    if ((cause as { code?: string }).code === UNIQUE_VIOLATION) throw new InvalidRequest(['type_invalid'])
    throw cause
  }
}

function idOf(kind: 'workflow' | 'workflowAction' | 'workflowCondition', wire: string): string {
  return found(uuidOf(kind, wire))
}

function found<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Problem('resource_not_found')
  return thing
}

function isThere(done: boolean): void {
  if (!done) throw new Problem('resource_not_found')
}
