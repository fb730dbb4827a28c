/** What the processor is told of an attempt: the merchant's request of it, in the words of the `Processor` interface. */
import { DEFAULT_LOCALE } from '@sluice/core/locales'
import { SERIES } from '@sluice/core/three-ds/decide-sca'
import type { Context } from '../context.ts'
import type { Authorization } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import { type Attempt, capturesByItself } from './attempt.ts'
import { metadataOf } from './event-data.ts'
import { methodMessage } from './method-details.ts'
import type { PreparedAttempt } from './prepare-attempt.ts'
import { inquiryOf } from './processor-request.ts'
import type { AskedThreeDs } from './sca.ts'

/** What travels beside what is asked for, spelled as on the wire. */
const TRAVELLING = [
  'recipient',
  'sender',
  'instruction',
  'shipping',
  'processing',
  'billing_descriptor',
  'display_name',
  'items',
  'payment_plan',
  'amount_allocations',
] as const

export function authorizationOf(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  { card, details }: Pick<PreparedAttempt, 'card' | 'details'>,
): Authorization {
  const { request } = attempt
  const optional = <Name extends string>(name: Name) =>
    request[name] === undefined ? {} : ({ [name]: request[name] } as Record<Name, never>)
  const paymentType = (request['payment_type'] ?? 'Regular') as Authorization['paymentType']
  const threeDs = card?.authenticated ? undefined : threeDsOf(request['3ds'] as AskedThreeDs | undefined, paymentType)
  return {
    ...inquiryOf(merchant, attempt),
    amount: attempt.requested,
    currency: attempt.currency,
    method: attempt.method,
    ...(card ? { card } : {}),
    ...(details.wallet && !card ? { wallet: details.wallet } : {}),
    paymentType,
    authorizationType: (request['authorization_type'] ?? 'Final') as Authorization['authorizationType'],
    captureNow: capturesByItself(attempt.method) || (request['capture'] !== false && attempt.captureOn === null),
    partialAuthorization: (request['partial_authorization'] as { enabled?: boolean } | undefined)?.enabled === true,
    ...optional('reference'),
    ...optional('description'),
    ...optional('customer'),
    ...optional('billing'),
    ...optional('risk'),
    ...(threeDs ? { threeDs } : {}),
    ...(request['ip_address'] === undefined ? {} : { ipAddress: request['ip_address'] as string }),
    locale: (request['locale'] ?? DEFAULT_LOCALE) as string,
    returnUrl: `${ctx.config.urls.api}/returns/${ctx.vault.urlToken(merchant.entityKey, attempt.id, 'return')}`,
    notificationUrl: `${ctx.config.urls.api}/notifications/${ctx.vault.urlToken(merchant.entityKey, attempt.channelId, 'notification')}`,
    details: travelling(attempt, details),
    metadata: metadataOf(attempt) as Authorization['metadata'],
  }
}

function travelling({ request, source }: Attempt, details: PreparedAttempt['details']): Record<string, unknown> {
  const told = Object.fromEntries(
    TRAVELLING.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]),
  )
  // Which brand of a co-badged card is charged is the shopper's to say before the merchant's: Regulation (EU) 2015/751.
  const preferred = details.preferredScheme?.toLowerCase()
  if (preferred) told['processing'] = { ...(request['processing'] as object | undefined), preferred_scheme: preferred }
  if (source['account_holder'] !== undefined) told['account_holder'] = source['account_holder']
  if (details.browser) {
    const { three_ds: _, ...browser } = details.browser
    told['browser'] = browser
  }
  return { ...told, ...methodMessage(details, request, source) }
}

/** Who orders by letter or telephone cannot be challenged. */
function threeDsOf(
  asked: AskedThreeDs | undefined,
  paymentType: Authorization['paymentType'],
): Authorization['threeDs'] {
  if (!asked || paymentType === 'MOTO') return undefined
  const enabled = asked.enabled === true
  const mandated = enabled && SERIES.includes(paymentType.toLowerCase())
  const challengeIndicator = mandated ? 'challenge_requested_mandate' : asked.challenge_indicator
  return {
    enabled,
    attemptN3d: asked.attempt_n3d === true,
    ...(challengeIndicator === undefined ? {} : { challengeIndicator }),
    ...(asked.exemption === undefined ? {} : { exemption: asked.exemption }),
    allowUpgrade: asked.allow_upgrade !== false,
  }
}
