/** Workflows, events and reflow: bodies and answers of `/workflows…` and `/events`. */
import { type Static, Type } from 'typebox'
import { Link, moment } from './payment-reply.ts'
import { flag, list, oneOf, opaque, text, webUrl } from './values.ts'

/** A merchant may have so many workflows, a workflow so many receivers, a call so many ids. */
export const MOST_WORKFLOWS = 100
export const MOST_ACTIONS = 10
export const MOST_REFLOWED = 100

export const CONDITION_TYPES = ['event', 'entity', 'processing_channel'] as const

/** An object whose names are the caller's. */
const map = <Value>(options: object) => Type.Unsafe<Record<string, Value>>({ type: 'object', ...options })

const eventNames = list(opaque({ minLength: 1, maxLength: 100, description: 'A type of event.' }), 'Types of events.', {
  maxItems: 200,
})

const conditionMembers = {
  type: oneOf(CONDITION_TYPES, 'What the condition looks at.'),
  events: Type.Optional(
    map<string[]>({
      additionalProperties: eventNames,
      propertyNames: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,50}$', format: 'metadata-key' },
      maxProperties: 20,
      description: 'With `event`: types of events by their source, such as `{"gateway":["payment_approved"]}`.',
    }),
  ),
  entities: Type.Optional(
    list(opaque({ maxLength: 50, description: '`ent_…`' }), 'With `entity`: the entities.', {
      minItems: 1,
      maxItems: 100,
    }),
  ),
  processing_channels: Type.Optional(
    list(opaque({ maxLength: 50, description: '`pc_…`' }), 'With `processing_channel`: the channels.', {
      minItems: 1,
      maxItems: 100,
    }),
  ),
}

export const ConditionBody = Type.Object(conditionMembers, { description: 'A condition of a workflow.' })
export type ConditionBody = Static<typeof ConditionBody>

const actionMembers = {
  type: oneOf(['webhook'], 'What is done: a message is sent.'),
  url: webUrl('The receiver.'),
  headers: Type.Optional(
    map<string>({
      // What a header can carry (RFC 9110 §5.5): no line ends, no control characters.
      additionalProperties: { type: 'string', maxLength: 2048, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' },
      propertyNames: { type: 'string', pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", format: 'metadata-key' },
      maxProperties: 30,
      description: 'Headers sent as they are, such as `Authorization`.',
    }),
  ),
  signature: Type.Optional(
    Type.Object(
      {
        method: Type.Optional(oneOf(['HMACSHA256'], 'How messages are signed.')),
        key: Type.String({ minLength: 1, maxLength: 1024, description: 'The key, any text; used as UTF-8.' }),
      },
      { description: 'Signs every message in `Cko-Signature`.' },
    ),
  ),
}

export const ActionBody = Type.Object(actionMembers, { description: 'A receiver of a workflow.' })
export type ActionBody = Static<typeof ActionBody>

const name = text({ minLength: 1, maxLength: 255, description: 'Its name.' })
const active = flag('Whether events are delivered. Default: true.')
const conditions = list(ConditionBody, 'All have to be met; at most one of each type.', { minItems: 1, maxItems: 3 })
const actions = list(ActionBody, 'The receivers.', { minItems: 1, maxItems: MOST_ACTIONS })

export const CreateWorkflowBody = Type.Object(
  { name: Type.Optional(name), active: Type.Optional(active), conditions, actions },
  { description: 'Which events go where.' },
)
export type CreateWorkflowBody = Static<typeof CreateWorkflowBody>

export const UpdateWorkflowBody = Type.Object(
  {
    name: Type.Optional(name),
    active: Type.Optional(active),
    conditions: Type.Optional(conditions),
    actions: Type.Optional(actions),
  },
  { description: 'What is to change. A list that is sent replaces what was there.' },
)
export type UpdateWorkflowBody = Static<typeof UpdateWorkflowBody>

export const TestWorkflowBody = Type.Object(
  {
    event_types: list(opaque({ minLength: 1, maxLength: 100, description: 'A type of event.' }), 'Types of events.', {
      minItems: 1,
      maxItems: 50,
    }),
  },
  { description: 'Which sample events to send.' },
)
export type TestWorkflowBody = Static<typeof TestWorkflowBody>

const ids = (description: string) =>
  list(opaque({ maxLength: 50, description: 'An id.' }), description, { minItems: 1, maxItems: MOST_REFLOWED })

export const ReflowBody = Type.Object(
  {
    events: Type.Optional(ids('Events, `evt_…`. Either these or `subjects`.')),
    subjects: Type.Optional(ids('Payments, `pay_…`: all their events.')),
    workflows: Type.Optional(ids('Workflows, `wf_…`. Default: all.')),
  },
  { description: 'What is to be delivered again.' },
)
export type ReflowBody = Static<typeof ReflowBody>

const Self = Type.Object({ self: Link })

export const MadeReply = Type.Object(
  { id: Type.String({ description: 'Its id.' }), _links: Self },
  { description: 'What was made.' },
)

const summary = {
  id: Type.String({ description: '`wf_…`' }),
  name: Type.Optional(Type.String({ description: 'Its name.' })),
  active: Type.Boolean({ description: 'Whether events are delivered.' }),
}

export const ConditionReply = Type.Object({
  id: Type.String({ description: '`wfc_…`' }),
  type: oneOf(CONDITION_TYPES, 'What the condition looks at.'),
  events: Type.Optional(
    map<string[]>({
      additionalProperties: { type: 'array', items: { type: 'string' } },
      description: 'Types by source.',
    }),
  ),
  entities: Type.Optional(Type.Array(Type.String(), { description: '`ent_…`' })),
  processing_channels: Type.Optional(Type.Array(Type.String(), { description: '`pc_…`' })),
  _links: Self,
})
export type ConditionReply = Static<typeof ConditionReply>

export const ActionReply = Type.Object({
  id: Type.String({ description: '`wfa_…`' }),
  type: Type.String({ description: '`webhook`' }),
  url: Type.String({ description: 'The receiver.' }),
  headers: Type.Optional(
    map<string>({
      additionalProperties: { type: 'string' },
      description: 'Headers. Values that may be secret are masked; sent back masked, they stay as they were.',
    }),
  ),
  signature: Type.Optional(
    Type.Object({
      method: Type.String({ description: '`HMACSHA256`' }),
      key: Type.String({ description: 'Masked; sent back masked, it stays as it was.' }),
    }),
  ),
  _links: Self,
})
export type ActionReply = Static<typeof ActionReply>

export const WorkflowReply = Type.Object(
  { ...summary, conditions: Type.Array(ConditionReply), actions: Type.Array(ActionReply), _links: Self },
  { description: 'A workflow.' },
)
export type WorkflowReply = Static<typeof WorkflowReply>

export const WorkflowSummary = Type.Object({ ...summary, _links: Self }, { description: 'A workflow.' })
export type WorkflowSummary = Static<typeof WorkflowSummary>

export const WorkflowListReply = Type.Object(
  { data: Type.Array(WorkflowSummary) },
  { description: 'All workflows, oldest first.' },
)

export const EventTypesReply = Type.Array(
  Type.Object({
    id: Type.String({ description: 'The source.' }),
    display_name: Type.String(),
    description: Type.String(),
    events: Type.Array(Type.Object({ id: Type.String(), display_name: Type.String(), description: Type.String() })),
  }),
  { description: 'Every type of event, by source.' },
)

const Links = map<{ href: string }>({ additionalProperties: Link, description: 'Where more is to be found.' })

const envelope = {
  id: Type.String({ description: '`evt_…`. The same event always has the same id.' }),
  type: Type.String({ description: 'What happened.' }),
  source: Type.String({ description: 'Where it happened: `gateway`, `dispute` …' }),
  version: Type.String({ description: 'Version of the payload.' }),
  created_on: moment('When it happened.'),
  timestamp: moment('The same.'),
  sequence: Type.Optional(
    Type.Integer({ description: 'Its number among the events of the entity: 1, 2, 3 … without a gap.' }),
  ),
  subject_version: Type.Optional(
    Type.Integer({ description: 'The change of the subject it tells of: a later change has a higher number.' }),
  ),
  data: map<unknown>({ description: 'The payment as it was then.' }),
}

/** An event as receivers get it. */
export const EventEnvelope = Type.Object({ ...envelope, _links: Links }, { description: 'An event.' })
export type EventEnvelope = Static<typeof EventEnvelope>

const invocationStatus = oneOf(
  ['pending', 'successful', 'failed'],
  'Whether the delivery has succeeded, is still tried, or was given up.',
)

export const EventReply = Type.Object(
  {
    ...envelope,
    action_invocations: Type.Array(
      Type.Object({
        workflow_id: Type.String({ description: '`wf_…`' }),
        workflow_action_id: Type.String({ description: '`wfa_…`' }),
        status: invocationStatus,
        _links: Links,
      }),
      { description: 'Where it went.' },
    ),
    _links: Links,
  },
  { description: 'An event, and where it went.' },
)
export type EventReply = Static<typeof EventReply>

export const InvocationsReply = Type.Object(
  {
    workflow_id: Type.String({ description: '`wf_…`' }),
    event_id: Type.String({ description: '`evt_…`' }),
    workflow_action_id: Type.String({ description: '`wfa_…`' }),
    action_type: Type.String({ description: '`webhook`' }),
    status: invocationStatus,
    next_attempt_on: Type.Optional(moment('When it is tried next.')),
    action_invocations: Type.Array(
      Type.Object({
        invocation_id: Type.String({ description: 'Names the try.' }),
        timestamp: moment('When it was made.'),
        retry: Type.Boolean({ description: 'Whether it was not the first.' }),
        succeeded: Type.Boolean({ description: 'Whether the receiver answered 2xx in time.' }),
        final: Type.Boolean({ description: 'Whether it was the last.' }),
        result_details: map<unknown>({ description: 'Status, body, error, duration.' }),
      }),
      { description: 'Every try, latest first, at most 100.' },
    ),
  },
  { description: 'The deliveries of an event to a receiver.' },
)
export type InvocationsReply = Static<typeof InvocationsReply>

export const SubjectEventsReply = Type.Object(
  {
    data: Type.Array(
      Type.Object({
        id: Type.String({ description: '`evt_…`' }),
        type: Type.String({ description: 'What happened.' }),
        timestamp: moment('When it happened.'),
        _links: Links,
      }),
    ),
  },
  { description: 'The events of a payment, in their order.' },
)
export type SubjectEventsReply = Static<typeof SubjectEventsReply>

export const EventListReply = Type.Object(
  {
    data: Type.Array(EventEnvelope),
    last: Type.Integer({ description: 'The position to go on after: number of the last event here.' }),
    has_more: Type.Boolean({ description: 'Whether there are more by now.' }),
  },
  { description: 'Events in the order of their numbers.' },
)
export type EventListReply = Static<typeof EventListReply>
