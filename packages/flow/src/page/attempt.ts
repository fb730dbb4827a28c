/**
 * One attempt, from the wish to pay to what became of it. What it needs of the page comes in as {@link AttemptParts}, so
 * that the order of callbacks can be read here and tested without a page.
 */
import type { Ask, Answers, PaymentAnswer, Payment, Refusal, SessionFacts } from '../common/messages.ts'
import type { Callbacks, ErrorBase } from './callbacks.ts'
import { CheckoutError, integrationError, requestError, submitError } from './errors.ts'
import { Refused } from './keeper.ts'
import type { Sheet } from './methods.ts'

export interface AttemptParts {
  callbacks: Callbacks
  base(): ErrorBase
  /** Whether everything is filled in; shows the shopper what is not. */
  check(): Promise<boolean>
  /** Absent for methods without a token. */
  tokenize?: () => Promise<unknown>
  payment: Payment
  /** A wallet's, which `check` has opened. */
  sheet?: () => Sheet | undefined
  /** From here on the form is locked and says that it works. */
  begin(): void
  ask<A extends Ask>(ask: A): Promise<Answers[A['what']]>
  /** Without a session only the shop's server can submit. */
  hasSession: boolean
  /** The newest payment that was known before this attempt. */
  knownPayment: string | undefined
  /** Sessionless mode: what became of the attempt before this one is not known. */
  lost: boolean
  /** Sessionless mode: the session that the shop's answer names. */
  adopt(answer: PaymentAnswer): void
}

export type Outcome =
  | { kind: 'answered'; answer: PaymentAnswer }
  /** `handleClick` said no, the shopper closed the wallet's sheet, or only a token of it was wanted: silently as before. */
  | { kind: 'stopped' }
  /**
   * Not done. `message` is the shop's own, for the shopper. `lost`: `session_data` went to the shop's server, and there is
   * no session to ask: it did not answer, or said that nothing was submitted.
   */
  | { kind: 'failed'; error: CheckoutError; refusal?: Refusal; message?: string; lost?: 'unanswered' | 'not submitted' }

const STATUSES = ['Approved', 'Declined', 'Action Required', 'Pending']

/** @param byButton the built-in pay button, which `handleClick` guards; not `submit()` */
export async function attempt(parts: AttemptParts, byButton: boolean): Promise<Outcome> {
  let outcome: Outcome | undefined
  try {
    outcome = await run(parts, byButton)
  } catch (error) {
    outcome = failed(error, parts.base())
  }
  parts.sheet?.()?.close(outcome.kind === 'answered' && outcome.answer.status !== 'Declined')
  return outcome
}

async function run(parts: AttemptParts, byButton: boolean): Promise<Outcome> {
  const { callbacks, base, ask } = parts
  let { payment } = parts
  if (!(await parts.check())) return { kind: 'failed', error: submitError('component_invalid', base()) }
  if (byButton && !(await callbacks.gate('handleClick')).open) return { kind: 'stopped' }

  const byShop = callbacks.has('handleSubmit')
  if (!byShop && !parts.hasSession) throw integrationError('payment_session_required', base())
  parts.begin()
  callbacks.tell('onSubmit')

  const agreed = await parts.sheet?.()?.agree(parts)
  if (agreed) {
    if (!agreed.open) return aborted(base(), agreed.message)
    if (!agreed.pays) return { kind: 'stopped' }
    payment = { ...payment, ...agreed.pays }
  }

  if (callbacks.has('onTokenized') && parts.tokenize) {
    const gate = await callbacks.gate('onTokenized', await parts.tokenize())
    if (!gate.open) return aborted(base(), gate.message)
  }

  if (!byShop) return { kind: 'answered', answer: await ask({ what: 'pay', ...payment }) }

  const { session_data } = await ask({ what: 'seal', ...payment, ...(parts.lost && { lost: true }) })
  let answer: PaymentAnswer | undefined
  try {
    const said = await callbacks.call('handleSubmit', { session_data })
    if (said === undefined || said === null) answer = undefined
    else if (isAnswer(said)) answer = said
    else throw integrationError('callback_result_invalid', base())
  } catch (error) {
    // The shop's server may have paid all the same: its answer was lost on the way.
    if (!parts.hasSession) return { kind: 'failed', error: error as CheckoutError, lost: 'unanswered' }
    const found = await findOut(parts)
    if (!found) throw error
    callbacks.fail(error as CheckoutError)
    return { kind: 'answered', answer: found }
  }
  if (!answer) return parts.hasSession ? aborted(base()) : { ...aborted(base()), lost: 'not submitted' }
  if (!parts.hasSession) parts.adopt(answer)
  const isGoingOn = answer.status === 'Pending' && !answer.action?.next_step && !payment.settlesLater
  if (isGoingOn) answer = await ask({ what: 'follow', paymentId: answer.id })
  return { kind: 'answered', answer }
}

/** A payment that was made, or waits for the shopper, and that nobody here knew of; `undefined` when there is none, or nobody can say. */
async function findOut({
  ask,
  knownPayment,
  payment: { settlesLater },
}: AttemptParts): Promise<PaymentAnswer | undefined> {
  try {
    const { latest_payment: latest } = await ask({ what: 'session' })
    if (!latest || latest.id === knownPayment) return undefined
    const follow = { what: 'follow', paymentId: latest.id, ...(settlesLater && { settlesLater }) } as const
    const answer = latest.status === 'Processing' ? await ask(follow) : latest
    return answer.status === 'Approved' || answer.status === 'Pending' ? (answer as PaymentAnswer) : undefined
  } catch {
    return undefined
  }
}

/**
 * As a submit would have answered it; `undefined` while it is still going on and the shopper has nothing to do, or when it
 * was given up.
 */
export function answerOf(session: SessionFacts): PaymentAnswer | undefined {
  const latest = session.latest_payment
  if (!latest || latest.status === 'Cancelled') return undefined
  const { id, type, decline_reason, action } = latest
  if (latest.status === 'Processing' && !action?.next_step) return undefined
  const status = latest.status === 'Processing' ? 'Pending' : latest.status
  return { id, status, type, ...(decline_reason && { decline_reason }), ...(action && { action }) }
}

function isAnswer(said: unknown): said is PaymentAnswer {
  const { id, status } = said as Partial<PaymentAnswer>
  return typeof id === 'string' && STATUSES.includes(status as string)
}

function aborted(base: ErrorBase, message?: string): Extract<Outcome, { kind: 'failed' }> {
  return {
    kind: 'failed',
    error: requestError('payment_request_aborted', { ...base, ...(message && { customMessage: message }) }),
    ...(message && { message }),
  }
}

function failed(error: unknown, base: ErrorBase): Outcome {
  if (error instanceof CheckoutError) return { kind: 'failed', error }
  const refusal: Refusal =
    error instanceof Refused ? error.refusal : { code: 'payment_request_failed', fate: 'unknown' }
  return { kind: 'failed', error: refusalError(refusal, base), refusal }
}

/** What was refused, as the shop is told. */
export function refusalError(refusal: Refusal, base: ErrorBase): CheckoutError {
  const { code, status, errorCodes, requestId } = refusal
  if (code === 'payment_session_invalid') return integrationError(code, base)
  return requestError(code, {
    ...base,
    ...(status !== undefined && { status }),
    ...(errorCodes && { requestErrorCodes: errorCodes }),
    ...(requestId && { requestId }),
  })
}
