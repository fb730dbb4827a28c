/**
 * Paying, as a component sees it: at most one attempt at a time, what the shopper is told about it, and the ways it can
 * end. The component draws {@link Paying.state} and passes on what the shopper does.
 */
import type { PaymentAnswer, Refusal } from '../common/messages.ts'
import { answerOf, attempt, type Outcome, refusalError } from './attempt.ts'
import type { Callbacks, ErrorBase } from './callbacks.ts'
import { type Challenge, isWebAddress, openChallenge } from './challenge.ts'
import { requestError } from './errors.ts'
import { type Keeper, Refused } from './keeper.ts'
import type { Method } from './methods.ts'
import type { Runtime } from './runtime.ts'
import { sessionKeyOf } from './session.ts'

export interface Notice {
  kind: 'error' | 'info' | 'success'
  /** Key of a text, or the text itself when it is the shop's own. */
  key?: string
  text?: string
}

export interface PayingState {
  /** `idle`: the shopper may pay. `busy`: an attempt runs. `done`: paid. `closed`: the session takes no more attempts.
   * `unknown`: the answer was lost and the shopper may have it looked for again. */
  phase: 'idle' | 'busy' | 'done' | 'closed' | 'unknown'
  notice?: Notice | undefined
  overlay?: HTMLIFrameElement
}

export interface PayingParts {
  runtime: Runtime
  callbacks(): Callbacks
  base(): ErrorBase
  /** Drawn on the page: a bank's page can be shown above it. */
  isMounted(): boolean
  redirectMode(): 'overlay' | 'page'
  changed(): void
}

export interface Paying {
  readonly state: PayingState
  /** Starts an attempt with the method, unless one runs already or none is possible. */
  pay(method: Method, byButton: boolean): Promise<void>
  /** Runs something else that must not overlap with an attempt; `undefined` when one runs. */
  alone<T>(work: () => Promise<T>): Promise<T | undefined>
  /** "Check again" of an attempt whose answer was lost. */
  checkAgain(): Promise<void>
  /** The shopper leaves the bank's page. */
  cancelChallenge(): Promise<void>
  tell(notice: Notice | undefined): void
  /** The session was read anew. */
  sessionChanged(): void
  /** The page came back out of the browser's memory. */
  pageShown(): Promise<void>
  unmounted(): void
}

/** How long a decline waits to be shown while the session is asked whether there may be another try. */
const ATTEMPTS_LEFT_MS = 2500
const CHALLENGE_MS = 600_000

export function createPaying(parts: PayingParts): Paying {
  const { runtime, callbacks, base } = parts
  const state: PayingState = { phase: 'idle' }
  /** An attempt, or something that must not overlap with one. */
  let inFlight = false
  /** On the way to another page; only the browser's back button comes back from there. */
  let leaving = false
  let known: string | undefined
  /** The card form that the attempt pays with. */
  let form: string | undefined
  /** Sessionless: `session_data` is with the shop's server, and nobody knows what became of it. */
  let lostAtShop = false
  let challenge: Challenge | undefined
  /** The session was looked at once. */
  let looked = false

  const ask: Keeper['ask'] = (asked) => {
    const ofSession = asked.what === 'session' || asked.what === 'follow'
    return (ofSession ? runtime.sessionKeeper() : runtime.keeper).ask(asked)
  }

  function set(change: Partial<PayingState>) {
    Object.assign(state, change)
    parts.changed()
  }

  function claim(): boolean {
    if (inFlight || state.phase === 'done' || state.phase === 'closed' || !runtime.claim()) return false
    inFlight = true
    return true
  }

  function release() {
    if (!inFlight) return
    inFlight = false
    runtime.release()
  }

  /** The shopper may go on. */
  function free(notice?: Notice) {
    release()
    set({ phase: 'idle', notice })
    sessionChanged()
  }

  // ---------------------------------------------------------------- an attempt

  async function pay(method: Method, byButton: boolean) {
    const { amount, currency } = runtime.displayed()
    // The button is off, and so is Enter in its fields.
    if (byButton && runtime.session()?.payable === false) return
    if (!claim()) return
    form = method.payment().form
    known = runtime.session()?.latest_payment?.id
    const outcome = await attempt(
      {
        callbacks: callbacks(),
        base,
        check: method.check,
        ...(method.tokenize && { tokenize: () => method.tokenize?.() as Promise<object> }),
        payment: {
          method: method.type,
          displayed: { amount: amount ?? 0, currency: currency ?? '' },
          ...method.payment(),
        },
        begin: () => set({ phase: 'busy', notice: undefined }),
        ask,
        hasSession: runtime.sessionKey !== undefined,
        knownPayment: known,
        lost: lostAtShop,
        adopt(answer) {
          const key = sessionKeyOf({ ...answer, id: answer.payment_session_id })
          if (key) runtime.adopt(key)
        },
      },
      byButton,
    )
    if (outcome.kind === 'answered') lostAtShop = false
    else if (outcome.kind === 'failed' && outcome.lost) lostAtShop = true
    if (outcome.kind === 'stopped') free()
    else if (outcome.kind === 'answered') await ended(outcome.answer, method.type)
    else await failed(outcome)
  }

  async function ended(answer: PaymentAnswer, type: string): Promise<void> {
    const { id, status } = answer
    if (status === 'Approved') {
      approved()
      callbacks().tell('onPaymentCompleted', { id, status, type: answer.type ?? type })
    } else if (status === 'Action Required') await act(answer)
    else if (status === 'Declined') await declined(answer)
    // Still going on after all the time that it was followed for.
    else lost({ code: 'payment_request_failed', fate: 'unknown' })
  }

  function approved() {
    release()
    if (form !== undefined) runtime.keeper.send({ type: 'spend-form', form })
    set({ phase: 'done', notice: { kind: 'success', key: 'payment.successful' } })
    runtime.paid()
  }

  /** The answer has a sentence for people; the session has the reason by which we choose our own. */
  async function declined({ id, decline_reason: sentence }: PaymentAnswer) {
    const session = await Promise.race([
      ask({ what: 'session' }).catch(() => undefined),
      new Promise<undefined>((resolve) => setTimeout(resolve, ATTEMPTS_LEFT_MS)),
    ])
    const usedUp = session?.status === 'Declined'
    const latest = session?.latest_payment
    const reason = (latest?.id === id && latest.decline_reason) || sentence
    release()
    set({
      phase: usedUp ? 'closed' : 'idle',
      notice: { kind: 'error', key: usedUp ? 'sluice.attempts_used_up' : declineKey(reason) },
    })
    const codes = reason ? [reason] : []
    callbacks().fail(requestError('payment_request_declined', { ...base(), paymentId: id, requestErrorCodes: codes }))
  }

  async function failed({ error, refusal, message, lost: lostNow }: Extract<Outcome, { kind: 'failed' }>) {
    if (refusal?.fate === 'unknown') return lost(refusal)
    // In another tab, perhaps: for the shopper nothing has failed.
    if (refusal?.errorCodes?.includes('payment_session_already_completed')) approved()
    else if (refusal?.fate === 'over') {
      release()
      set({ phase: 'closed', notice: { kind: 'error', key: refusalKey(refusal) } })
    } else if (message) free({ kind: 'error', text: message })
    else if (refusal) free({ kind: 'error', key: refusalKey(refusal) })
    // The fields themselves say what is missing.
    else if (error.type === 'Submit') free()
    else if (lostNow === 'unanswered') free({ kind: 'error', key: 'sluice.unknown_outcome' })
    else free({ kind: 'error', key: 'payment.declined.try_again' })
    callbacks().fail(error)
    // The sum may be another, or somebody else have paid.
    if (refusal?.status === 422 || refusal?.fate === 'over') await ask({ what: 'session' }).catch(() => {})
  }

  // ---------------------------------------------------------------- a lost answer

  function lost(refusal: Refusal) {
    set({ phase: 'unknown', notice: { kind: 'error', key: 'sluice.unknown_outcome' } })
    callbacks().fail(refusalError(refusal, base()))
  }

  async function checkAgain() {
    if (state.phase !== 'unknown') return
    set({ phase: 'busy', notice: { kind: 'info', key: 'sluice.checking' } })
    try {
      const session = await ask({ what: 'session' })
      const latest = session.latest_payment
      if (!latest || latest.id === known) return free({ kind: 'error', key: 'payment.declined.try_again' })
      const answer = answerOf(session) ?? (await ask({ what: 'follow', paymentId: latest.id }))
      await ended(answer, latest.type)
    } catch (error) {
      if (error instanceof Refused && error.refusal.fate === 'safe' && error.refusal.status !== undefined) {
        return free({ kind: 'error', key: 'payment.declined.try_again' })
      }
      set({ phase: 'unknown', notice: { kind: 'error', key: 'sluice.unknown_outcome' } })
    }
  }

  // ---------------------------------------------------------------- the bank's page

  async function act({ id, action }: PaymentAnswer) {
    const url = action?.url
    if (!isWebAddress(url)) {
      free({ kind: 'error', key: 'payment.declined.try_again' })
      return callbacks().fail(requestError('payment_request_failed', { ...base(), paymentId: id }))
    }
    if (!parts.isMounted()) return abandoned(id, 'payment.declined.payment_cancelled')
    if (parts.redirectMode() === 'page') return leave(url, 'pay_button.redirect_cta')

    const timer = setTimeout(() => void closeChallenge('payment.declined.payment_expired'), CHALLENGE_MS)
    challenge = openChallenge(runtime, url, {
      paymentId: id,
      ended: (landing) => leave(landing, 'sluice.returning'),
      // Without our frame there is still the bank's own page.
      failed: () => leave(url, 'pay_button.redirect_cta'),
      closed: () => clearTimeout(timer),
    })
    set({ overlay: challenge.iframe })
  }

  function dropChallenge() {
    challenge?.close()
    challenge = undefined
    delete state.overlay
  }

  function leave(url: string, key: string) {
    if (!isWebAddress(url)) return
    leaving = true
    dropChallenge()
    set({ phase: 'busy', notice: { kind: 'info', key } })
    location.assign(url)
  }

  /** The payment may have ended just now: it is asked before anything is said. */
  async function closeChallenge(key: string) {
    const open = challenge
    if (!open || open.closing) return
    open.closing = true
    const latest = await standing(open.paymentId)
    if (challenge !== open) return
    if (latest?.status === 'Approved') {
      if (latest.landing_url) return leave(latest.landing_url, 'sluice.returning')
      dropChallenge()
      return approved()
    }
    dropChallenge()
    await abandoned(open.paymentId, key)
  }

  /** What the session says of a payment, once that is settled; `undefined` when it cannot be had. */
  async function standing(paymentId: string) {
    try {
      const { latest_payment: latest } = await ask({ what: 'session' })
      if (latest?.status !== 'Processing') return latest
      await ask({ what: 'follow', paymentId })
      return (await ask({ what: 'session' })).latest_payment
    } catch {
      return undefined
    }
  }

  /**
   * The shopper may pay another way. The server stops the attempt that waits before it begins another one on the session;
   * without one, the next attempt will be on a session of its own, so this one has to be stopped for good now.
   */
  async function abandoned(paymentId: string, key: string) {
    const stopped = runtime.sessionKey !== undefined || (await ask({ what: 'abandon' }).catch(() => undefined))
    if (stopped) free({ kind: 'error', key })
    else set({ phase: 'unknown', notice: { kind: 'error', key: 'sluice.unknown_outcome' } })
    callbacks().fail(requestError('payment_request_aborted', { ...base(), paymentId }))
  }

  // ---------------------------------------------------------------- what happens meanwhile

  /** The session as it stands decides, as long as no attempt of ours runs. */
  function sessionChanged() {
    const session = runtime.session()
    if (!session || inFlight || state.phase === 'done' || state.phase === 'closed') return
    const first = !looked
    looked = true
    if (session.status === 'Approved') return approved()
    const end = CLOSED[session.status]
    if (end) {
      set({ phase: 'closed', notice: { kind: 'error', key: end.key } })
      callbacks().fail(requestError('payment_request_failed', { ...base(), requestErrorCodes: [end.code] }))
    } else if (first && session.latest_payment?.status === 'Action Required' && !state.notice) {
      set({ notice: { kind: 'info', key: 'sluice.pay_another_way' } })
    }
  }

  async function pageShown() {
    if (!leaving) return void ask({ what: 'session' }).catch(() => {})
    leaving = false
    const session = await ask({ what: 'session' }).catch(() => undefined)
    if (runtime.sessionKey) return free({ kind: 'info', key: 'sluice.pay_another_way' }) // the session decides
    // Without one, the next attempt would not meet this one: it has to have ended.
    if (session?.status === 'Approved') return approved()
    const stopped = session && (await ask({ what: 'abandon' }).catch(() => undefined))
    if (stopped) free({ kind: 'info', key: 'sluice.pay_another_way' })
    else set({ phase: 'unknown', notice: { kind: 'error', key: 'sluice.unknown_outcome' } })
  }

  return {
    state,
    pay,
    async alone(work) {
      if (!claim()) return undefined
      try {
        return await work()
      } finally {
        release()
        sessionChanged()
      }
    },
    checkAgain,
    cancelChallenge: () => closeChallenge('payment.declined.payment_cancelled'),
    tell: (notice) => set({ notice }),
    sessionChanged,
    pageShown,
    unmounted() {
      const open = challenge
      if (!open) return
      dropChallenge()
      void abandoned(open.paymentId, 'payment.declined.payment_cancelled')
    },
  }
}

/** How a session has ended that was not paid: what the shopper reads, and the API's code for it. */
const CLOSED: Record<string, { key: string; code: string }> = {
  Expired: { key: 'sluice.session_expired', code: 'payment_session_expired' },
  Declined: { key: 'sluice.attempts_used_up', code: 'payment_session_attempts_exceeded' },
  Canceled: { key: 'payment.declined.invalid_payment_session_data', code: 'payment_session_canceled' },
}

/** Reasons with a text of their own; all others are `try_again`. */
const DECLINE_TEXTS =
  /^(card_not_supported|invalid_customer_data|invalid_payment_session_data|merchant_misconfiguration|not_enough_funds|payment_cancelled|payment_expired)$/

function declineKey(reason: string | undefined): string {
  return `payment.declined.${DECLINE_TEXTS.test(reason ?? '') ? reason : 'try_again'}`
}

const REFUSAL_TEXTS: Record<string, string> = {
  payment_session_expired: 'sluice.session_expired',
  payment_session_attempts_exceeded: 'sluice.attempts_used_up',
  amount_changed: 'sluice.amount_changed',
}

function refusalKey({ errorCodes = [], status }: Refusal): string {
  for (const one of errorCodes) {
    const key = REFUSAL_TEXTS[one]
    if (key) return key
  }
  if (status === 429) return 'sluice.too_many_requests'
  if (status === undefined && !navigator.onLine) return 'sluice.offline'
  return 'payment.declined.try_again'
}
