/**
 * A payment that waits for the shopper: what is shown of it, and how it is found out that it has ended. The session is
 * asked, gently and for as long as the page shows it; whoever comes back to the page is answered at once.
 */
import type { LatestPayment, PaymentAnswer, SessionFacts } from '../common/messages.ts'
import { answerOf } from './attempt.ts'
import type { Step } from '../view/model.ts'
import type { Keeper, Refused } from './keeper.ts'

/** What the shopper has to do, for the method to draw. */
export interface ShownStep {
  paymentId: string
  /** Of the payment. */
  type: string
  next: Step
  /** The session is being asked because the shopper wants to know, or a code is being checked. */
  looking: boolean
  /** Key of what is wrong with the code that was typed. */
  wrong?: string | undefined
}

export interface StepEvents {
  ask: Keeper['ask']
  /**
   * The payment has ended, or there is something else to do about it.
   * @param why key of a text of the forms, where this step knows better than the answer
   */
  ended(answer: PaymentAnswer, why?: string): void
  /** The session goes on with another payment, or without any. */
  gone(): void
  changed(): void
}

export interface Steps {
  /** Absent when nothing waits. */
  shown(): ShownStep | undefined
  /** @param answer `Pending`, with a next step */
  begin(answer: Pick<PaymentAnswer, 'id' | 'type'>, next: Step): void
  /** "I approved it": asks now. */
  look(): Promise<void>
  confirm(code: string): Promise<void>
  /** Nothing is asked any more. */
  stop(): void
}

/** The first pause of many. */
const PAUSE_MS = 1500
const LONGEST_PAUSE_MS = 8000
/** Paid at a cash machine, hours later: nobody sits and waits. */
const VOUCHER_PAUSE_MS = 15_000

/** Declines that are about the code: the summary of the response code (20075, 20019), or the reason the session says. */
const CODE_ENDS: Partial<Record<string, string>> = {
  'PIN entry tries exceeded': 'otp.max_retries',
  'Re-enter transaction / transaction has expired': 'otp.code.expired',
  payment_expired: 'otp.code.expired',
}

export function createSteps(on: StepEvents): Steps {
  let shown: ShownStep | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = PAUSE_MS

  function begin({ id, type }: Pick<PaymentAnswer, 'id' | 'type'>, next: Step) {
    stop()
    shown = { paymentId: id, type, next, looking: false }
    pause = next.type === 'pay_reference' ? VOUCHER_PAUSE_MS : PAUSE_MS
    if (next.type !== 'accepted') {
      document.addEventListener('visibilitychange', onVisible)
      wait()
    }
    on.changed()
  }

  function stop() {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisible)
    shown = undefined
  }

  function set(change: Partial<ShownStep>) {
    Object.assign(shown as ShownStep, change)
    on.changed()
  }

  function wait() {
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), pause)
    pause = Math.max(pause, Math.min(pause * 1.3, LONGEST_PAUSE_MS))
  }

  /** Back from the bank's app: timers of a page that was hidden are late. */
  function onVisible() {
    if (document.visibilityState === 'visible' && shown && !shown.looking) void ask()
  }

  /** What the session says of the payment; `undefined` for one that could not be had, or that is about something else by now. */
  async function ask(): Promise<void> {
    const mine = shown
    clearTimeout(timer)
    const session = await on.ask({ what: 'session' }).catch(() => undefined)
    if (!mine || shown !== mine) return
    if (session) heard(session, mine)
    if (shown === mine) wait()
  }

  function heard(session: SessionFacts, mine: ShownStep) {
    const latest = session.latest_payment
    if (latest?.id !== mine.paymentId) {
      stop()
      return on.gone()
    }
    const answer = latest.status === 'Cancelled' ? cancelled(latest) : answerOf(session)
    // Without an answer the code is being checked, or the bank has not said anything yet.
    if (answer) proceed(answer, mine)
  }

  function proceed(answer: PaymentAnswer, mine: ShownStep) {
    const next = answer.action?.next_step
    if (answer.status === 'Pending' && next?.type === mine.next.type) {
      if (JSON.stringify(next) !== JSON.stringify(mine.next)) set({ next })
      return
    }
    stop()
    on.ended(answer, mine.next.type === 'enter_code' ? CODE_ENDS[answer.decline_reason ?? ''] : undefined)
  }

  async function look() {
    if (!shown || shown.looking) return
    const mine = shown
    set({ looking: true })
    await ask()
    if (shown === mine) set({ looking: false })
  }

  async function confirm(code: string) {
    const mine = shown
    if (mine?.next.type !== 'enter_code' || mine.looking) return
    const { tries_left: before } = mine.next
    clearTimeout(timer)
    set({ looking: true, wrong: undefined })
    let wrong: string | undefined
    try {
      const answer = await on.ask({ what: 'confirm', paymentId: mine.paymentId, code })
      if (shown !== mine) return
      proceed(answer, mine)
    } catch (error) {
      if (shown !== mine) return
      // Not `instanceof`: this module is bundled apart from the one that throws it.
      const codes = (error as Partial<Refused>).refusal?.errorCodes
      if (codes?.includes('otp_invalid')) wrong = 'sluice.code.incomplete'
      else {
        // Lost, or the payment has ended meanwhile: the session says which.
        await ask()
        wrong = 'otp.failed'
      }
    }
    if (shown !== mine) return
    const { next } = mine
    if (next.type === 'enter_code' && next.tries_left < before) wrong = 'otp.code.error'
    set({ looking: false, wrong })
    wait()
  }

  return { shown: () => shown, begin, look, confirm, stop }
}

function cancelled({ id, type, decline_reason }: LatestPayment): PaymentAnswer {
  return { id, status: 'Declined', type, decline_reason: decline_reason ?? 'payment_cancelled' }
}
