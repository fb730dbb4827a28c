/**
 * A code that was sent to the shopper and that they typed into our page. The processor says whether it is the right one;
 * each call is a try there, so none is repeated by itself.
 */
import { isOneTimeCode } from '@sluice/core/collected'
import { wireId } from '@sluice/core/ids'
import { isFinal } from '@sluice/core/payment'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { Outcome, Processor } from '../processors/processor.ts'
import { ask } from './ask.ts'
import { newId } from './ids.ts'
import { type Caller, mayUse, merchantOf } from './merchant.ts'
import { inquiryOf } from './processor-request.ts'
import { hasLapsed, isNoNews } from './learn-outcome.ts'
import { settle } from './settle.ts'
import { answerNow, pendingAnswer } from './submit-answer.ts'
import { whenFree } from './when-free.ts'

const CONFIRM_DEADLINE_MS = 8_000

/** What is answered: as a submit, `body` is its JSON. */
export interface ConfirmAnswer {
  status: number
  body: string
}

/**
 * @param sessionId UUID
 * @param paymentId UUID of the session's payment
 * @throws Problem `resource_not_found`; `action_not_allowed` for one that waits for no code; `session_already_in_use` when
 *   somebody asks about it for longer than a page that polls does: no try is used up
 * @throws InvalidRequest `otp_invalid` for what cannot be a code: no try is used up
 */
export async function confirmPayment(
  ctx: Context,
  caller: Caller,
  sessionId: string,
  { paymentId, code }: { paymentId: string; code: string },
): Promise<ConfirmAnswer> {
  const { entityKey } = caller
  const callId = newId(ctx, entityKey)
  const key = wireId('payment', paymentId)
  const begun = await whenFree(async () => {
    const payment = await ctx.store.readPayment(entityKey, { by: 'id', id: paymentId })
    if (!payment || payment.sessionId !== sessionId || !mayUse(caller, payment.channelId)) {
      throw new Problem('resource_not_found')
    }
    if (isFinal(payment.phase)) return { answer: answerNow(payment) }
    const { nextStep } = payment.facts
    if (payment.phase !== 'pending' || nextStep?.type !== 'enter_code') throw new Problem('action_not_allowed')
    if (!isOneTimeCode(code, nextStep.digits)) throw new InvalidRequest(['otp_invalid'])
    const { id, version, leases } = payment
    const call = { id: callId, kind: 'confirm', key }
    const lease = await ctx.store.leaseAttempt(entityKey, { id, version, leases, phases: ['pending'], call })
    return lease === undefined ? undefined : { attempt: { ...payment, leases: lease } }
  })
  if ('answer' in begun) return begun.answer

  const { attempt } = begun
  const merchant = await merchantOf(ctx, entityKey)
  const { outcome, call } = await ask<Outcome>(ctx, attempt.processor, callId, key, (processor) =>
    confirming(processor)({ ...inquiryOf(merchant, attempt), code }, AbortSignal.timeout(CONFIRM_DEADLINE_MS)),
  )
  if (isNoNews(attempt, outcome)) {
    const facts = outcome.kind === 'pending' ? outcome.facts : {}
    const { id, version, leases: lease } = attempt
    const plan = { id, version, lease, askInS: 'as planned' as const, review: null, call, facts }
    await ctx.store.postponeAttempt(entityKey, plan)
    return pendingAnswer(attempt, { ...attempt.facts, ...facts })
  }
  const end = hasLapsed(attempt, outcome) ? { kind: 'lapsed' as const } : outcome
  const { settled, settlement } = await settle(ctx, merchant, attempt, end, call)
  if (settled && settlement.answer) return settlement.answer
  const now = await ctx.store.readPayment(entityKey, { by: 'id', id: paymentId })
  return answerNow(now ?? attempt)
}

function confirming(processor: Processor): NonNullable<Processor['confirm']> {
  if (!processor.confirm) throw new Error(`${processor.name} asks for no codes`)
  return processor.confirm
}
