/** What the bank does with each message: changes of the books, each a plain function of what the books hold. */
import { responseSummary } from '@sluice/core/response-codes'
import type { Books, Desk, Followup, Payment } from './books.ts'
import { declined, type Plan } from './issuer/decide.ts'
import { acquirerReferenceNumber, acquirerTransactionId, factsOf, retrievalReferenceNumber } from './issuer/facts.ts'
import { capturesByItself } from './issuer/methods.ts'
import { WANTS_AUTHENTICATION } from './issuer/risk.ts'
import { exceededBy, type VelocityRule, type Watch } from './issuer/velocity.ts'
import type { Switches } from '@sluice/core/switches'
import { switchValue } from './switches.ts'
import type { Answer, FollowupAnswer, ProcessorClass } from './wire.ts'

export const AUTHORIZATION_LIFETIME_DAYS = 7
export const REFUND_WINDOW_DAYS = 180
const DAY_MS = 86_400_000

export interface NewPayment {
  merchant: string
  key: string
  class: ProcessorClass
  method: string
  amount: number
  currency: string
  /** What it comes to, by the velocity rules it is above. */
  plan: (exceeded: readonly VelocityRule[]) => Plan
  /** What velocity rules count it under. */
  watches: readonly Watch[]
  /** Of its page; '' where there is none. */
  pageToken: (outcome: Answer['outcome']) => string
  /** What is kept of the request: no number, no CVV. */
  request: Record<string, unknown>
  switches: Switches
  at: Date
}

/** `fresh`: this message was booked now, and is not the repeat of an earlier one. */
export interface Booked {
  payment: Payment
  answer: Answer
  fresh: boolean
}

/**
 * Books an authorization. Class A answers the repeat of a key as it did the first time; the others book it again. A key
 * that was reversed is refused for ever, also when the reversal came first.
 */
export function authorize(books: Books, asked: NewPayment): Promise<Booked> {
  const marks = asked.watches.map(({ mark, rule }) => ({
    mark,
    since: new Date(asked.at.getTime() - rule.withinS * 1000).toISOString(),
  }))
  return books.write({ merchant: asked.merchant, key: asked.key, marks }, (desk) => {
    const [first] = desk.payments
    const reversed = desk.payments.find((payment) => payment.state === 'reversed')
    if (reversed) return { payment: reversed, answer: declined('20111'), fresh: false }
    if (first && asked.class === 'A') return { payment: first, answer: first.first_answer, fresh: false }

    const nth = desk.payments.length + 1
    const plan = asked.plan(exceededBy(asked.key, asked.at, asked.watches, desk.seenUnder))
    const { first: answer } = plan
    const pageToken = asked.pageToken(answer.outcome)
    const payment: Payment = {
      merchant: asked.merchant,
      key: asked.key,
      nth,
      reference: referenceOf(asked.merchant, asked.key, nth),
      class: asked.class,
      method: asked.method,
      state: answer.outcome,
      requested: asked.amount,
      currency: asked.currency,
      authorized: 0,
      captured: 0,
      voided: 0,
      refunded: 0,
      captures: {},
      first_answer: answer,
      answer,
      plan,
      page_token: pageToken === '' ? null : pageToken + (nth > 1 ? nth : ''),
      request: asked.request,
      switches: asked.switches,
      requested_on: asked.at.toISOString(),
      returns_on: null,
    }
    desk.open(payment)
    bookApproval(desk, payment, asked.at)
    if (!('code' in answer && answer.code === WANTS_AUTHENTICATION)) {
      for (const { mark } of asked.watches) desk.see(mark, { key: asked.key, at: payment.requested_on })
    }
    return { payment, answer, fresh: true }
  })
}

/** The payment as it is at the merchant's time `at`: a deadline that has passed, or a wait that is over, is booked. */
export async function look(books: Books, merchant: string, key: string, at: Date): Promise<Payment | undefined> {
  const now = theOne(await books.find(merchant, key))
  if (!now || !isDue(now, at)) return now
  return books.write({ merchant, key }, (desk) => {
    for (const payment of desk.payments) settleByTime(desk, payment, at)
    return theOne(desk.payments)
  })
}

/** Stops a payment that waits for its shopper or for the bank. Whatever else it is, it stays. */
export function cancel(books: Books, merchant: string, key: string, at: Date): Promise<Payment | undefined> {
  return books.write({ merchant, key }, (desk) => {
    for (const payment of desk.payments) settleByTime(desk, payment, at)
    const payment = theOne(desk.payments)
    const waits = payment?.state === 'action' || payment?.state === 'pending'
    if (payment && waits && switchValue(payment.switches, 'authorize', 'refuse_cancel') === undefined) {
      become(desk, payment, cancelled(payment.answer), at)
    }
    return payment
  })
}

/**
 * A payment that waits is approved, and its merchant is told that it was stopped: what a scenario calls a late approval.
 * @returns the payment and what is answered; nothing where it does not wait, or cannot be approved
 */
export function lateApproval(
  books: Books,
  merchant: string,
  key: string,
  at: Date,
): Promise<{ payment: Payment; answer: Answer } | undefined> {
  return books.write({ merchant, key }, (desk) => {
    for (const payment of desk.payments) settleByTime(desk, payment, at)
    const payment = theOne(desk.payments)
    const approved = payment?.plan.approved
    if (!payment || !approved || (payment.state !== 'action' && payment.state !== 'pending')) return undefined
    const answer = cancelled(payment.answer)
    become(desk, payment, approved, at)
    return { payment, answer }
  })
}

export type ShopperChoice = 'approve' | 'fail' | 'cancel' | 'later'

/** The payment of a page that is opened, as it is at the merchant's time: a deadline that has passed is booked. */
export async function lookAtPage(books: Books, page: Payment, at: Date | undefined): Promise<Payment | undefined> {
  if (!at || !isDue(page, at)) return page
  return books.write({ merchant: page.merchant, key: page.key }, (desk) => {
    const payment = desk.payments.find(({ nth }) => nth === page.nth)
    if (payment) settleByTime(desk, payment, at)
    return payment
  })
}

/**
 * What the shopper pressed on the page. The first choice counts, and only before the deadline.
 * @param now the merchant's time; where nobody says it, it is booked at the time of the request that led to the page
 */
export function choose(books: Books, page: Payment, choice: ShopperChoice, now?: Date): Promise<Payment | undefined> {
  return books.write({ merchant: page.merchant, key: page.key }, (desk) => {
    const payment = desk.payments.find(({ nth }) => nth === page.nth)
    if (payment && now) settleByTime(desk, payment, now)
    if (payment?.state !== 'action') return payment
    const at = now ?? new Date(payment.requested_on)
    const { approved, failed } = payment.plan
    if (choice === 'approve' && approved) become(desk, payment, approved, at)
    if (choice === 'fail' && failed) become(desk, payment, failed, at)
    if (choice === 'cancel') become(desk, payment, cancelled(payment.answer), at)
    if (choice === 'later') become(desk, payment, { ...payment.answer, outcome: 'pending' }, at)
    return payment
  })
}

export type FollowupKind = 'capture' | 'void' | 'refund' | 'increment' | 'reverse'

export interface NewFollowup {
  merchant: string
  key: string
  of: string
  kind: FollowupKind
  /** The payment's own name at the bank, when the merchant knows it. */
  reference: string | undefined
  amount: number | undefined
  currency: string | undefined
  /** Of a refund: the key of the capture that is given back. */
  ofCapture: string | undefined
  /** What the merchant said of it: kept, and shown on the statement. */
  told: Record<string, unknown>
  class: ProcessorClass
  at: Date
}

export interface BookedFollowup {
  answer: FollowupAnswer
  payment: Payment | undefined
  fresh: boolean
}

/** Captures, voids, refunds, increments and reversals are idempotent by their own key at every class. */
export function followUp(books: Books, asked: NewFollowup): Promise<BookedFollowup> {
  return books.write({ merchant: asked.merchant, key: asked.of, followupKey: asked.key }, (desk) => {
    for (const payment of desk.payments) settleByTime(desk, payment, asked.at)
    const payment = theOne(desk.payments, asked.reference)
    if (desk.followup) {
      const same = desk.followup.of === asked.of && desk.followup.kind === asked.kind
      if (same && payment) settleRefundByTime(desk, payment, desk.followup, asked)
      return { answer: same ? desk.followup.answer : answerOf(asked, '20094', 0), payment, fresh: false }
    }
    const takesTime =
      payment && asked.kind === 'refund' ? switchValue(payment.switches, 'refund', 'pending') : undefined
    const { code, amount } =
      asked.kind === 'reverse' ? reverse(desk, asked) : move(desk, asked, payment, takesTime !== undefined)
    const done = answerOf(asked, code, amount)
    const answer: FollowupAnswer =
      takesTime !== undefined && done.outcome === 'succeeded'
        ? { ...done, outcome: 'pending', code: DEFERRED, since: asked.at.toISOString(), of_capture: asked.ofCapture }
        : done
    desk.remember({ merchant: asked.merchant, key: asked.key, of: asked.of, kind: asked.kind, answer })
    if (payment && Object.keys(asked.told).length > 0) {
      payment.request = { ...payment.request, [`${asked.kind} ${asked.key}`]: asked.told }
      desk.changed(payment)
    }
    return { answer, payment, fresh: true }
  })
}

/** @returns the response code, and the amount moved in minor units */
function move(
  desk: Desk,
  asked: NewFollowup,
  payment: Payment | undefined,
  later = false,
): { code: string; amount: number } {
  const refused = (code: string) => ({ code, amount: 0 })
  if (!payment) return refused('20025')
  const forced = switchValue(payment.switches, asked.kind, 'code')
  if (forced !== undefined && !forced.startsWith('10')) return refused(forced)
  if (asked.currency !== undefined && asked.currency !== payment.currency) return refused('20106')
  if (payment.state !== 'approved') return refused(payment.state === 'reversed' ? '20111' : '20012')

  const open = payment.authorized - payment.captured - payment.voided
  const ageDays = (asked.at.getTime() - Date.parse(payment.requested_on)) / DAY_MS
  if (asked.kind === 'refund') {
    const capture = asked.ofCapture === undefined ? undefined : payment.captures[asked.ofCapture]
    if (asked.ofCapture !== undefined && !capture) return refused('20025')
    const left = payment.captured - payment.refunded
    const most = capture ? Math.min(left, capture.amount - capture.refunded) : left
    const amount = asked.amount ?? most
    if (amount === 0 || amount > most) return refused('20013')
    if (ageDays > REFUND_WINDOW_DAYS) return refused('20158')
    payment.refunded += amount
    if (capture) capture.refunded += amount
    if (!later) return book(desk, asked, payment, 'refund', amount)
    desk.changed(payment)
    return { code: '10000', amount }
  }
  if (payment.plan.followupCode !== undefined) return refused(payment.plan.followupCode)
  if (asked.kind === 'increment') {
    if (ageDays > AUTHORIZATION_LIFETIME_DAYS) return refused('20019')
    if (asked.amount === undefined || asked.amount === 0) return refused('20013')
    payment.authorized += asked.amount
    return book(desk, asked, payment, 'increment', asked.amount)
  }
  if (open === 0) return refused(payment.voided > 0 ? '20111' : '20110')
  const amount = asked.amount ?? open
  if (amount === 0) return refused('20013')
  if (amount > open) return refused('20109')
  if (asked.kind === 'void') {
    payment.voided += amount
    return book(desk, asked, payment, 'void', amount)
  }
  if (ageDays > AUTHORIZATION_LIFETIME_DAYS) return refused('20019')
  payment.captured += amount
  payment.captures[asked.key] = { amount, refunded: 0 }
  return book(desk, asked, payment, 'capture', amount)
}

/** `Deferred capture`: what is being done. */
const DEFERRED = '10200'

/** A refund that takes its time ends when the time that its switch names has passed: `refund.pending:60:declined`. */
function settleRefundByTime(desk: Desk, payment: Payment, followup: Followup, asked: NewFollowup) {
  const [seconds = '', outcome] = (switchValue(payment.switches, 'refund', 'pending') ?? '').split(':')
  const { since } = followup.answer
  if (followup.answer.outcome !== 'pending' || since === undefined || seconds === '') return
  if (asked.at.getTime() < Date.parse(since) + Number(seconds) * 1000) return
  endRefund(desk, payment, followup, outcome === 'declined' ? '20005' : '10000', asked.at)
}

/** The result of a refund that took its time. One that has ended stays as it is, but that it may fail later. */
export function endRefund(desk: Desk, payment: Payment, followup: Followup, code: string, at: Date): FollowupAnswer {
  const { since: _, of_capture: ofCapture, ...before } = followup.answer
  const succeeded = code.startsWith('10')
  const late = before.outcome === 'succeeded' && !succeeded
  if (before.outcome !== 'pending' && !late) return before
  const { amount } = before
  const capture = ofCapture === undefined ? undefined : payment.captures[ofCapture]
  if (!succeeded) {
    payment.refunded -= amount
    if (capture) capture.refunded -= amount
  }
  if (succeeded || late) {
    desk.move({
      merchant: payment.merchant,
      key: followup.key,
      of: payment.key,
      kind: late ? 'refund_failed' : 'refund',
      amount,
      currency: payment.currency,
      at: at.toISOString(),
      reference: payment.reference,
    })
  }
  desk.changed(payment)
  const answer: FollowupAnswer = {
    ...before,
    outcome: succeeded ? 'succeeded' : 'failed',
    code,
    summary: responseSummary(code) ?? 'Declined',
    amount: succeeded ? amount : 0,
  }
  followup.answer = answer
  desk.remember(followup)
  return answer
}

function book(
  desk: Desk,
  asked: NewFollowup,
  payment: Payment,
  kind: 'capture' | 'void' | 'refund' | 'increment',
  amount: number,
) {
  desk.changed(payment)
  desk.move({
    merchant: asked.merchant,
    key: asked.key,
    of: asked.of,
    kind,
    amount,
    currency: payment.currency,
    at: asked.at.toISOString(),
    reference: payment.reference,
  })
  return { code: '10000', amount }
}

/**
 * Undoes everything under a key, and keeps the key from ever acting again: an unknown key is remembered as reversed.
 * Money that was captured by a message of its own is not undone but refunded, so then the reversal fails; where it moved
 * with the approval, it goes back as a whole, unless some of it has gone back already.
 */
function reverse(desk: Desk, asked: NewFollowup): { code: string; amount: number } {
  const forced = desk.payments.map(({ switches }) => switchValue(switches, 'reverse', 'code')).find(Boolean)
  if (forced !== undefined && !forced.startsWith('10')) return { code: forced, amount: 0 }
  const taken = desk.payments.filter((payment) => payment.captured > 0)
  if (taken.some(({ method, refunded }) => refunded > 0 || !capturesByItself(method)))
    return { code: '20110', amount: 0 }
  if (desk.payments.length === 0) desk.open(tombstone(asked))

  let released = 0
  for (const payment of desk.payments) {
    const open = payment.authorized - payment.voided
    if (open > 0) {
      desk.move({
        merchant: asked.merchant,
        key: asked.key,
        of: asked.of,
        kind: 'reversal',
        amount: open,
        currency: payment.currency,
        at: asked.at.toISOString(),
        reference: payment.reference,
      })
    }
    payment.voided += open
    payment.captured = 0
    payment.state = 'reversed'
    payment.answer = reversedAnswer()
    desk.changed(payment)
    released += open
  }
  return { code: '10000', amount: released }
}

function tombstone(asked: NewFollowup): Payment {
  return {
    merchant: asked.merchant,
    key: asked.of,
    nth: 1,
    reference: referenceOf(asked.merchant, asked.of, 1),
    class: asked.class,
    method: 'unknown',
    state: 'reversed',
    requested: asked.amount ?? 0,
    currency: asked.currency ?? 'XXX',
    authorized: 0,
    captured: 0,
    voided: 0,
    refunded: 0,
    captures: {},
    first_answer: reversedAnswer(),
    answer: reversedAnswer(),
    plan: { first: reversedAnswer() },
    page_token: null,
    request: {},
    switches: {},
    requested_on: asked.at.toISOString(),
    returns_on: null,
  }
}

/** Of several payments under one key: the one that is named, else one that holds money, else the latest. */
export function theOne(payments: readonly Payment[], reference?: string): Payment | undefined {
  return (
    payments.find((payment) => payment.reference === reference) ??
    payments.find((payment) => payment.state === 'approved') ??
    payments.at(-1)
  )
}

function isDue(payment: Payment, at: Date): boolean {
  const { later } = payment.plan
  const waits = payment.state === 'action' || payment.state === 'pending'
  return waits && later !== undefined && at.getTime() >= Date.parse(payment.requested_on) + later.afterS * 1000
}

export function settleByTime(desk: Desk, payment: Payment, at: Date) {
  const { later } = payment.plan
  if (later && isDue(payment, at)) become(desk, payment, later.to, at)
}

export function become(desk: Desk, payment: Payment, answer: Answer, at: Date) {
  payment.state = answer.outcome
  payment.answer = answer
  desk.changed(payment)
  bookApproval(desk, payment, at)
}

/** Books the money an approval moves: the hold or verification, and the capture that was asked for with it. */
function bookApproval(desk: Desk, payment: Payment, at: Date) {
  const { answer } = payment
  if (answer.outcome !== 'approved') return
  const common = {
    merchant: payment.merchant,
    of: payment.key,
    currency: payment.currency,
    at: at.toISOString(),
    reference: payment.reference,
  }
  payment.authorized = answer.amount
  const kind = payment.requested === 0 ? 'card_verification' : 'authorization'
  desk.move({ ...common, key: payment.key, kind, amount: answer.amount })
  if (answer.captured_amount === undefined) return
  const { returned } = payment.plan
  if (returned) payment.returns_on = new Date(at.getTime() + returned.afterS * 1000).toISOString()
  payment.captured = answer.captured_amount
  payment.captures[payment.key] = { amount: answer.captured_amount, refunded: 0 }
  desk.move({ ...common, key: payment.key, kind: 'capture', amount: answer.captured_amount })
}

export function cancelled(before: Answer): Answer {
  const { risk, processing, card, checks } = before
  return {
    outcome: 'cancelled',
    code: '20017',
    summary: responseSummary('20017') ?? '',
    ...(risk ? { risk } : {}),
    ...(processing ? { processing } : {}),
    ...(card ? { card } : {}),
    ...(checks ? { checks } : {}),
  }
}

function reversedAnswer(): Answer {
  return { outcome: 'reversed', code: '20111', summary: responseSummary('20111') ?? '' }
}

function answerOf(asked: NewFollowup, code: string, amount: number): FollowupAnswer {
  const facts = factsOf(asked.merchant, asked.of, asked.key)
  return {
    outcome: code.startsWith('10') ? 'succeeded' : 'failed',
    code,
    summary: responseSummary(code) ?? 'Declined',
    amount,
    processing: {
      retrieval_reference_number: retrievalReferenceNumber(facts),
      acquirer_transaction_id: acquirerTransactionId(facts),
      ...(asked.kind === 'capture' || asked.kind === 'refund'
        ? { acquirer_reference_number: acquirerReferenceNumber(facts) }
        : {}),
    },
  }
}

function referenceOf(merchant: string, key: string, nth: number): string {
  return `sim_${factsOf(merchant, key, String(nth)).hex(0, 24)}`
}
