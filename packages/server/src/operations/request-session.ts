/** A merchant's server asks for a payment session. */
import { uuidOf } from '@sluice/core/ids'
import type { MethodName } from '@sluice/core/payment-methods'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { inOrder } from '@sluice/core/wire/codes'
import { CreateSessionBody } from '@sluice/core/wire/create'
import { createSessionProblems, type RuleOptions, SANDBOX_AMOUNT_RULES } from '@sluice/core/wire/rules'
import type { Context } from '../context.ts'
import type { Channel, Merchant } from '../store/merchants.ts'
import { MOST_ATTEMPTS } from '../store/payments.ts'
import type { SessionRow } from '../store/sessions.ts'
import { newId } from './ids.ts'
import { type Caller, findChannel, merchantOf } from './merchant.ts'
import { manifestOf, offerOf } from './offer.ts'

const LIFETIME_S = 3600
/** Retries after the first attempt when the merchant sets none. */
const DEFAULT_RETRIES = 5

/** A session with what its answers show beside the row. */
export interface SessionView {
  merchant: Merchant
  channel: Channel
  session: SessionRow
  methods: readonly MethodName[]
}

/**
 * @param problems what the schema found wrong with the body: answered together with what the rules find
 * @throws InvalidRequest with every problem of the body
 * @throws Problem `customer_not_found`
 */
export async function requestSession(
  ctx: Context,
  caller: Caller,
  body: CreateSessionBody,
  problems: readonly string[],
): Promise<SessionView> {
  const merchant = await merchantOf(ctx, caller.entityKey)
  const channel = await sessionChannel(ctx, merchant, caller, body, (options) =>
    inOrder(CreateSessionBody, [...problems, ...createSessionProblems(body, options)]),
  )
  await findCustomer(ctx, caller.entityKey, body)

  const created = newSession(ctx, caller.entityKey, channel, body)
  const { createdOn, expiresOn } = await ctx.store.createSession(caller.entityKey, created)
  const session: SessionRow = {
    ...created,
    state: 'open',
    attempts: 0,
    paymentId: null,
    version: 1,
    createdOn,
    expiresOn,
    now: createdOn,
  }
  return { merchant, channel, session, methods: await offerOf(ctx, caller.entityKey, channel, created.request) }
}

/**
 * The channel of a new session, when nothing is wrong with its request: all that is comes back at once.
 * @param problemsOf what the schema and core's rules say of the body
 */
export async function sessionChannel(
  ctx: Context,
  merchant: Merchant,
  caller: Caller,
  body: Pick<CreateSessionBody, 'processing_channel_id' | 'expires_on' | 'capture_on'>,
  problemsOf: (options: RuleOptions) => string[],
): Promise<Channel> {
  const { channel, code } = await findChannel(ctx, merchant, caller, body.processing_channel_id)
  const rulesOf = channel ?? merchant.channels[0]
  const namesMoments = body.expires_on !== undefined || body.capture_on !== undefined
  const codes = problemsOf({
    now: namesMoments ? (await ctx.store.entityNow(merchant.entityKey)).getTime() : 0,
    channelRequired: code === 'processing_channel_id_required',
    amountRules: rulesOf ? manifestOf(ctx, rulesOf.settings) : SANDBOX_AMOUNT_RULES,
    refuseCardNumbersInText: ctx.config.refuseCardNumbersInText,
  })
  if (code !== undefined && !codes.includes(code)) codes.push(code)
  if (!channel || codes.length > 0) throw new InvalidRequest(codes)
  return channel
}

export function newSession(
  ctx: Context,
  entityKey: number,
  channel: Channel,
  body: Partial<CreateSessionBody> & Pick<CreateSessionBody, 'amount' | 'currency'>,
) {
  const retries = body.customer_retry?.max_attempts ?? DEFAULT_RETRIES
  return {
    id: newId(ctx, entityKey),
    channelId: channel.id,
    amount: body.amount,
    currency: body.currency,
    payable: body.payable ?? true,
    maxAttempts: Math.min(retries + 1, MOST_ATTEMPTS),
    request: body as Record<string, unknown>,
    ...(body.expires_on === undefined ? {} : { expiresOn: body.expires_on }),
    lifetimeS: LIFETIME_S,
  }
}

/** @throws Problem `customer_not_found` when the customer is named by an id that is none of the merchant's */
export async function findCustomer(
  ctx: Context,
  entityKey: number,
  body: Pick<CreateSessionBody, 'customer'>,
): Promise<void> {
  const wireId = body.customer?.id
  if (wireId === undefined) return
  const id = uuidOf('customer', wireId)
  const found = id && (await ctx.store.findOrCreateCustomer(entityKey, { newId: id, id }))
  if (!found) throw new Problem('customer_not_found')
}
