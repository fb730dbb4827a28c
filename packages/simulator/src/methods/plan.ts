/** What a payment without a card comes to: what the shopper is to do first, and what it may turn into. Pure. */
import type { NextStep } from '@sluice/core/next-step'
import { type FactSource, factsOf } from '../issuer/facts.ts'
import {
  APP_CONFIRMATION_S,
  CODE_TRIES,
  ONE_TIME_CODE,
  type PlayedKind,
  timeLimitS,
  TRIGGERS,
} from '../issuer/methods.ts'
import type { Plan } from '../issuer/decide.ts'
import type { Answer, AnswerFacts, PaymentRequest } from '../wire.ts'

export interface MethodCase {
  request: PaymentRequest
  key: string
  kind: Exclude<PlayedKind, 'card'>
  method: string
  /** The merchant's time. */
  at: Date
  common: AnswerFacts
  /** The answer that gives the money. */
  approved: Answer
  declined: (code: string, facts: AnswerFacts) => Answer
}

const REFUSED = '20005'
const TIME_IS_OVER = '20019'
const DAY_S = 86_400

export function planMethod({ request, key, kind, method, at, common, approved, declined }: MethodCase): Plan {
  const limitS = timeLimitS(method)
  const expired = declined(TIME_IS_OVER, common)
  const trigger = TRIGGERS.find((row) => row.kind === kind && memberOf(request, row.member)?.endsWith(row.endsWith))
  const returned =
    typeof trigger?.when === 'object' && trigger.code !== undefined
      ? { afterS: trigger.when.daysLater * DAY_S, code: trigger.code }
      : undefined
  const triggered = trigger && !returned && (trigger.code === undefined ? expired : declined(trigger.code, common))
  if (triggered && trigger.when === 'at_once') return { first: triggered }

  const failed = declined(REFUSED, common)
  if (kind === 'redirect') {
    const first: Answer = { outcome: 'action', purpose: 'redirect', ...common }
    return { first, approved, failed, later: { afterS: limitS, to: expired } }
  }
  const nextStep = stepOf(request, kind, factsOf(request.merchant, key), at, limitS)
  const first: Answer = { outcome: 'pending', ...(nextStep && { next_step: nextStep }), ...common }
  switch (kind) {
    case 'app':
      return {
        first,
        approved,
        failed,
        later:
          triggered === expired
            ? { afterS: limitS, to: expired }
            : { afterS: APP_CONFIRMATION_S, to: triggered || approved },
      }
    case 'debit': {
      const later = { afterS: limitS, to: triggered || approved }
      return { first, approved, failed, later, ...(returned && { returned }) }
    }
    default:
      return { first, approved, failed, later: { afterS: limitS, to: expired } }
  }
}

/** A debit leaves the shopper nothing to do. */
function stepOf(
  request: PaymentRequest,
  kind: MethodCase['kind'],
  facts: FactSource,
  at: Date,
  limitS: number,
): NextStep | undefined {
  const expires_on = new Date(at.getTime() + limitS * 1000).toISOString()
  switch (kind) {
    case 'app':
      return { type: 'approve_in_app', expires_on }
    case 'otp': {
      const phone = memberOf(request, 'phone')
      const sent_to = phone === undefined ? {} : { sent_to: `••• ${phone.slice(-2)}` }
      return { type: 'enter_code', digits: ONE_TIME_CODE.length, tries_left: CODE_TRIES, ...sent_to, expires_on }
    }
    case 'qr':
      // The address of the payment's page stands in it when it is answered: what it is only the bank's door knows.
      return { type: 'scan_code', data: '', expires_on }
    case 'sdk':
      // The addresses of the window, as of the code above.
      return { type: 'approve_in_window', url: '', redirect_url: '', order_id: facts.digits(0, 12), expires_on }
    case 'voucher':
      return {
        type: 'pay_reference',
        entity: `2${facts.digits(0, 4)}`,
        reference: facts.digits(4, 9),
        amount: request.amount,
        currency: request.currency,
        expires_on,
      }
    default:
      return undefined
  }
}

function memberOf({ details, customer }: PaymentRequest, member: 'phone' | 'account'): string | undefined {
  if (member === 'account') {
    const account = details?.['iban'] ?? details?.['bank_account_number']
    return typeof account === 'string' ? account.trim() : undefined
  }
  const phone = (details?.['phone'] ?? customer?.['phone']) as { number?: unknown } | undefined
  return typeof phone?.number === 'string' ? phone.number.trim() : undefined
}
