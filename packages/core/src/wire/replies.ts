/** What the API answers, payments apart. Every member that may be sent is listed: what is not would be left out. */
import { type Static, type TSchema, Type } from 'typebox'
import { METHOD_NAMES } from '../payment-methods.ts'
import { NextStep } from '../next-step.ts'
import { asSent } from './as-sent.ts'
import { members } from './create.ts'
import { Items } from './items.ts'
import { CustomerReply, Link, moment } from './payment-reply.ts'

export { PaymentActionsReply, PaymentReply } from './payment-reply.ts'

const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema)
const words = (description: string) => Type.Optional(Type.String({ description }))

/** `POST /payment-sessions` and `GET /payment-sessions/{id}`. */
export const SessionReply = Type.Object(
  {
    id: Type.String({ description: '`ps_…`' }),
    status: Type.Optional(
      Type.Enum(['Pending', 'Action Required', 'Approved', 'Declined', 'Expired', 'Canceled'], {
        type: 'string',
        description: 'How far the session got.',
      }),
    ),
    payment_id: words('The payment of the session, once there is one.'),
    amount: maybe(Type.Integer({ description: 'Minor units.' })),
    currency: words('ISO 4217.'),
    reference: words('Your own reference.'),
    description: words('What is paid for.'),
    expires_on: maybe(moment('When the session expires.')),
    customer: maybe(CustomerReply),
    billing: maybe(asSent(members.billing)),
    products: maybe(asSent(Items)),
    payable: maybe(Type.Boolean({ description: 'Whether the session may be paid.' })),
    payment_session_token: words('For the component, which takes it as it is. Not to be logged or stored.'),
    payment_session_secret: words("Authenticates the component's own calls. Not to be logged or stored."),
    _links: Type.Object({ self: Link }),
  },
  { description: 'A payment session. Hand it to the component unchanged.' },
)
export type SessionReply = Static<typeof SessionReply>

const Bank = Type.Object({
  bank_id: Type.String(),
  display_name: Type.String(),
  logo_url: Type.Optional(Type.String()),
  available: Type.Optional(Type.Boolean()),
})

export const ActionReply = Type.Object(
  {
    type: Type.Enum(['redirect', 'poll', 'sdk', 'otp', 'select_bank'], {
      type: 'string',
      description: 'What the component has to do. `poll`: the outcome is open; ask for the session until it has ended.',
    }),
    url: words('Where to send the shopper.'),
    data: maybe(
      Type.Object(
        { client_token: words('Klarna.'), session_id: words('Klarna.'), order_id: words('PayPal.') },
        { description: 'What a widget needs.' },
      ),
    ),
    banks: maybe(Type.Array(Bank)),
    next_step: maybe(NextStep),
  },
  { description: 'What comes next.' },
)
export type ActionReply = Static<typeof ActionReply>

const attempt = {
  id: Type.String({ description: 'The payment, `pay_…`.' }),
  type: Type.String({ description: 'Payment method.' }),
}

/** 201: the bank has answered. */
export const SubmitReply = Type.Object(
  {
    ...attempt,
    status: Type.Enum(['Approved', 'Declined'], { type: 'string' }),
    decline_reason: words('Why it was declined.'),
    response_code: words('The code behind `decline_reason`.'),
    amount: maybe(Type.Integer({ description: 'Amount approved, when it is less than requested. Minor units.' })),
    amount_requested: maybe(Type.Integer({ description: 'Amount requested, when less was approved. Minor units.' })),
  },
  { description: 'The outcome of an attempt. Hand it to the component unchanged.' },
)
export type SubmitReply = Static<typeof SubmitReply>

/** 202: the shopper has something to do, or the outcome is still open. */
export const SubmitActionReply = Type.Object(
  { ...attempt, status: Type.Enum(['Action Required', 'Pending'], { type: 'string' }), action: ActionReply },
  { description: 'An attempt that has not ended. Hand it to the component unchanged.' },
)
export type SubmitActionReply = Static<typeof SubmitActionReply>

const session = {
  payment_session_id: Type.String({ description: '`ps_…`' }),
  payment_session_secret: Type.String({ description: 'Not to be logged or stored.' }),
}

export const CompleteReply = Type.Object(
  { ...SubmitReply.properties, ...session },
  { description: 'The outcome of an attempt, and its session.' },
)
export type CompleteReply = Static<typeof CompleteReply>

export const CompleteActionReply = Type.Object(
  { ...SubmitActionReply.properties, ...session },
  { description: 'An attempt that has not ended, and its session.' },
)
export type CompleteActionReply = Static<typeof CompleteActionReply>

/** `GET /payment-sessions/{id}/eligibility`. */
export const EligibilityReply = Type.Object(
  {
    methods: Type.Array(
      Type.Object({
        type: Type.Enum([...METHOD_NAMES], { type: 'string', description: 'Payment method.' }),
        offered: Type.Boolean(),
        reasons: Type.Array(
          Type.Object({
            code: Type.String({ description: '`matches`, or what stands against it.' }),
            message: Type.String({ description: 'The same for people.' }),
            field: words('The member of the request that is meant.'),
          }),
          { description: 'Why it is offered or not.' },
        ),
      }),
    ),
  },
  { description: 'Every payment method, and why the session offers it or not.' },
)
export type EligibilityReply = Static<typeof EligibilityReply>

/** 403, 404, 408, 413, 415, 421, 422, 429, 431, 503. A 401 and a 502 have no body. */
export const ErrorReply = Type.Object(
  {
    request_id: Type.String({ description: 'The same as the header `Cko-Request-Id`.' }),
    error_type: Type.String({ description: 'Class of error.' }),
    error_codes: Type.Array(Type.String(), { description: 'One per problem.' }),
  },
  { description: 'What is wrong with the request.' },
)
export type ErrorReply = Static<typeof ErrorReply>

/** `POST /connect/token`, 200. */
export const TokenReply = Type.Object(
  {
    access_token: Type.String({ description: 'A signed JWT.' }),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds.' }),
    scope: Type.String({ description: 'Granted scopes, separated by spaces.' }),
  },
  { description: 'An access token.' },
)
export type TokenReply = Static<typeof TokenReply>

/** `POST /connect/token`, 400 (RFC 6749 §5.2). */
export const TokenErrorReply = Type.Object(
  {
    error: Type.Enum(
      [
        'invalid_request',
        'invalid_client',
        'invalid_grant',
        'unauthorized_client',
        'unsupported_grant_type',
        'invalid_scope',
      ],
      { type: 'string' },
    ),
    error_description: words('What is wrong.'),
  },
  { description: 'Why there is no token.' },
)
export type TokenErrorReply = Static<typeof TokenErrorReply>

/** Public keys only: the members of a private key are not in the schema, so that they could not be sent. */
export const JwksReply = Type.Object(
  {
    keys: Type.Array(
      Type.Object({
        kty: Type.String(),
        kid: Type.String(),
        use: words('`sig` or `enc`.'),
        alg: words('Algorithm.'),
        crv: words('Curve.'),
        x: words('Public point.'),
        y: words('Public point.'),
        n: words('Modulus.'),
        e: words('Exponent.'),
      }),
    ),
  },
  { description: 'Public keys.' },
)
export type JwksReply = Static<typeof JwksReply>

/** `GET /health/live` and `/health/ready`, 200 and 503. */
export const HealthReply = Type.Object(
  {
    status: Type.Enum(['ok', 'starting', 'unavailable'], { type: 'string' }),
    version: words('Version of the server.'),
    checks: maybe(
      Type.Record(Type.String(), Type.String(), {
        description: 'Each thing that has to work: `ok`, or what is wrong.',
      }),
    ),
  },
  { description: 'Whether the server can take a payment.' },
)
export type HealthReply = Static<typeof HealthReply>

/** `POST /sandbox/worlds`. */
export const WorldReply = Type.Object(
  {
    entity_id: Type.String({ description: '`ent_…`' }),
    name: words('Name of the merchant.'),
    processing_channel_id: Type.String({ description: '`pc_…`' }),
    secret_key: Type.String({ description: 'Shown once.' }),
    public_key: Type.String(),
    client_id: words('OAuth client.'),
    client_secret: words('Shown once.'),
    seed: words('What every random choice of this world follows from.'),
    now: maybe(moment("The world's time.")),
  },
  { description: 'A merchant of its own for one test: keys, channel, seed and clock.' },
)
export type WorldReply = Static<typeof WorldReply>

/** `GET` and `POST /sandbox/clock`. */
export const ClockReply = Type.Object(
  {
    now: moment("The merchant's time."),
    frozen: Type.Boolean({ description: 'Whether it stands still.' }),
  },
  { description: "The merchant's clock." },
)
export type ClockReply = Static<typeof ClockReply>
