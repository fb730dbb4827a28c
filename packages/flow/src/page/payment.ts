/**
 * Paying, as a component sees it: at most one attempt at a time, what the shopper is told about it, and the ways it can
 * end. The component draws {@link Paying.state} and passes on what the shopper does.
 */
import type { PaymentAnswer, Refusal } from '../common/messages.ts'
import { isWebAddress } from '../common/web-address.ts'
import { answerOf, attempt, type Outcome, refusalError } from './attempt.ts'
import type { Callbacks, ErrorBase } from './callbacks.ts'
import { type Challenge, openChallenge } from './challenge.ts'
import { requestError } from './errors.ts'
import { type Keeper, Refused } from './keeper.ts'
import type { Method } from './methods.ts'
import { CLOSED, declineKey, refusalKey } from './notices.ts'
import type { Runtime } from './runtime.ts'
import { sessionKeyOf } from './session.ts'
import type { ShownStep, Steps } from './steps.ts'

export interface Notice {
  kind: 'error' | 'info' | 'success'
  /** Key of a text, or the text itself when it is the shop's own. */
  key?: string
  text?: string
}

export interface PayingState {
  /** `idle`: the shopper may pay. `busy`: an attempt runs. `done`: paid. `closed`: the session takes no more attempts.
   * `waiting`: for what the shopper does about `step`. `unknown`: the answer was lost and the shopper may have it looked
   * for again. */
  phase: 'idle' | 'busy' | 'waiting' | 'done' | 'closed' | 'unknown'
  notice?: Notice | undefined
  overlay?: HTMLIFrameElement
  /** What the payment waits for. In the phase `idle`: a reference that can be paid later, or never. */
  step?: ShownStep | undefined
}

export interface PayingParts {
  runtime: Runtime
  callbacks(): Callbacks
  base(): ErrorBase
  /** Drawn on the page: a bank's page can be shown above it. */
  isMounted(): boolean
  redirectMode(): 'overlay' | 'page'
  /** Chooses the method of this name, for a payment by it that waits already. */
  show(type: string): Method | undefined
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
  /** The one-time code that the payment waits for. */
  confirm(code: string): Promise<void>
  /** The shopper says that the payment is approved: the session is asked now. */
  look(): Promise<void>
  /** The shopper does not want the payment that waits for him. */
  cancelStep(): Promise<void>
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
  /** What the attempt pays with. */
  let method: Method | undefined
  /** Once a payment has waited for its shopper. */
  let steps: Steps | undefined
  /** What was shown when the component was taken off the page. */
  let left: ShownStep | undefined
  /** Sessionless: `session_data` is with the shop's server, and nobody knows what became of it. */
  let lostAtShop = false
  let challenge: Challenge | undefined
  /** The session was looked at once. */
  let looked = false

  const ask: Keeper['ask'] = (asked) => {
    const ofSession = ['session', 'follow', 'confirm', 'abandon'].includes(asked.what)
    return (ofSession ? runtime.sessionKeeper() : runtime.keeper).ask(asked)
  }

  function set(change: Partial<PayingState>) {
    Object.assign(state, change, { step: steps?.shown() })
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

  async function pay(by: Method, byButton: boolean) {
    // The button is off, and so is Enter in its fields.
    if (byButton && runtime.session()?.payable === false) return
    if (!claim()) return
    method = by
    known = runtime.session()?.latest_payment?.id
    const { amount = 0, currency = '' } = runtime.displayed()
    const outcome = await attempt(
      {
        callbacks: callbacks(),
        base,
        check: by.check,
        ...(by.tokenize && { tokenize: () => by.tokenize?.() as Promise<object> }),
        payment: {
          method: by.type,
          displayed: { amount, currency },
          ...by.payment(),
        },
        ...(by.sheet && { sheet: by.sheet }),
        begin() {
          left = undefined
          steps?.stop()
          set({ phase: 'busy', notice: undefined })
        },
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
    else if (outcome.kind === 'answered') await ended(outcome.answer, by.type)
    else await failed(outcome)
  }

  async function ended(answer: PaymentAnswer, type: string, why?: string): Promise<void> {
    const { id, status } = answer
    if (status === 'Approved') {
      approved()
      callbacks().tell('onPaymentCompleted', { id, status, type: answer.type ?? type })
    } else if (status === 'Action Required') await act(answer, answer.type ?? type)
    else if (status === 'Declined') await declined(answer, why)
    else if (answer.action?.next_step) waitFor({ id, type: answer.type ?? type }, answer.action.next_step)
    else if (status === 'Pending' && method?.payment().settlesLater) accepted({ id, type: answer.type ?? type })
    // Still going on after all the time that it was followed for.
    else lost({ code: 'payment_request_failed', fate: 'unknown' })
  }

  function approved() {
    release()
    const form = method?.payment().form
    if (form !== undefined) runtime.keeper.send({ type: 'spend-form', form })
    set({ phase: 'done', notice: { kind: 'success', key: 'payment.successful' } })
    runtime.paid()
  }

  /** The answer has a sentence for people; the session has the reason by which we choose our own. */
  async function declined({ id, decline_reason: sentence }: PaymentAnswer, why?: string) {
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
      notice: {
        kind: 'error',
        ...(usedUp ? { key: 'sluice.attempts_used_up' } : why ? { text: why } : { key: declineKey(reason) }),
      },
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
    else if (refusal && method?.refuse?.(refusal.errorCodes ?? [])) {
      free({ kind: 'error', key: 'payment.declined.invalid_customer_data' })
    } else if (refusal) free({ kind: 'error', key: refusalKey(refusal) })
    // The fields themselves say what is missing.
    else if (error.type === 'Submit') free()
    else if (lostNow === 'unanswered') free({ kind: 'error', key: 'sluice.unknown_outcome' })
    else free({ kind: 'error', key: 'payment.declined.try_again' })
    callbacks().fail(error)
    // The sum may be another, or somebody else have paid.
    if (refusal?.status === 422 || refusal?.fate === 'over') await ask({ what: 'session' }).catch(() => {})
  }

  // ---------------------------------------------------------------- what the shopper has to do elsewhere

  /** Shown by the method that it is paid by, whose module knows how to wait. */
  function show(payment: Pick<PaymentAnswer, 'id' | 'type'>, next: ShownStep['next'], phase: PayingState['phase']) {
    steps ??= method?.createSteps?.({
      ask,
      ended: (answer, why) => void ended(answer, answer.type, why),
      gone: () => free(),
      changed: () => set({}),
    })
    // Of a method without a form nobody knows what it waits for.
    if (!steps) return lost({ code: 'payment_request_failed', fate: 'unknown' })
    if (phase !== 'waiting') release()
    steps.begin(payment, next)
    set({ phase, notice: undefined })
  }

  /** A reference can be paid for days: until then the shopper may pay another way, which stops it. */
  function waitFor(payment: Pick<PaymentAnswer, 'id' | 'type'>, next: ShownStep['next']) {
    show(payment, next, next.type === 'pay_reference' ? 'idle' : 'waiting')
  }

  /** The page was loaded anew, or the component mounted again, while the payment waits. */
  async function resume(by: Method, payment: Pick<PaymentAnswer, 'id' | 'type'>, next: ShownStep['next']) {
    await by.loaded?.()
    if (steps?.shown() || !claim()) return
    left = undefined
    method = by
    waitFor(payment, next)
  }

  /** Collected days later: the webhook tells the shop, `onPaymentCompleted` is for money that is there. */
  function accepted(payment: Pick<PaymentAnswer, 'id' | 'type'>) {
    show(payment, { type: 'accepted' }, 'done')
  }

  /** Stopped for good: what is approved on the telephone a minute later must not be paid. */
  async function cancelStep() {
    const step = steps?.shown()
    if (!step) return
    const stopped = await ask({ what: 'abandon' }).catch(() => undefined)
    if (steps?.shown() !== step) return
    // It cannot be stopped, perhaps since it was approved: the session says how it stands.
    if (!stopped) return steps?.look()
    steps?.stop()
    free({ kind: 'error', key: 'payment.declined.payment_cancelled' })
    callbacks().fail(requestError('payment_request_aborted', { ...base(), paymentId: step.paymentId }))
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
      const settlesLater = method?.payment().settlesLater
      const follow = { what: 'follow', paymentId: latest.id, ...(settlesLater && { settlesLater }) } as const
      const answer = answerOf(session) ?? (await ask(follow))
      await ended(answer, latest.type)
    } catch (error) {
      if (error instanceof Refused && error.refusal.fate === 'safe' && error.refusal.status !== undefined) {
        return free({ kind: 'error', key: 'payment.declined.try_again' })
      }
      set({ phase: 'unknown', notice: { kind: 'error', key: 'sluice.unknown_outcome' } })
    }
  }

  // ---------------------------------------------------------------- the bank's page

  async function act({ id, action }: PaymentAnswer, type: string) {
    const url = action?.url
    if (!isWebAddress(url)) {
      free({ kind: 'error', key: 'payment.declined.try_again' })
      return callbacks().fail(requestError('payment_request_failed', { ...base(), paymentId: id }))
    }
    if (!parts.isMounted()) return abandoned(id, 'payment.declined.payment_cancelled')
    if (parts.redirectMode() === 'page' || !IN_A_FRAME.test(type)) return leave(url, 'pay_button.redirect_cta')

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
    if (inFlight || state.phase === 'done' || state.phase === 'closed') return
    if (session?.status === 'Approved') return approved()
    const back = left && parts.isMounted() && parts.show(left.type)
    if (left && back) return void resume(back, { id: left.paymentId, type: left.type }, left.next)
    if (!session) return
    const first = !looked
    looked = true
    if (steps?.shown()) return
    const latest = session.latest_payment
    const next = latest?.status === 'Processing' && latest.action?.next_step
    const by = first && next && parts.show(latest.type)
    if (by) return void resume(by, latest, next)
    const end = CLOSED[session.status]
    if (end) {
      set({ phase: 'closed', notice: { kind: 'error', key: end.key } })
      callbacks().fail(requestError('payment_request_failed', { ...base(), requestErrorCodes: [end.code] }))
    } else if (first && latest?.status === 'Action Required' && !state.notice) {
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
    confirm: async (code) => steps?.confirm(code),
    look: async () => steps?.look(),
    cancelStep,
    cancelChallenge: () => closeChallenge('payment.declined.payment_cancelled'),
    tell: (notice) => set({ notice }),
    sessionChanged,
    pageShown,
    unmounted() {
      if (state.phase === 'waiting' || (state.phase === 'idle' && steps?.shown())) {
        left = steps?.shown()
        steps?.stop()
        release()
        set({ phase: 'idle' })
      }
      const open = challenge
      if (!open) return
      dropChallenge()
      void abandoned(open.paymentId, 'payment.declined.payment_cancelled')
    },
  }
}

/** Whose further step is a bank's question about the card, which may be shown above the page. */
const IN_A_FRAME = /^(card|stored_card|remember_me|applepay|googlepay)$/
