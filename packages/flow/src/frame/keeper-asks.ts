/** What a page may ask its keeper. Every answer is a value or a refusal that says what became of the money. */
import type { TypedCard } from '@sluice/sealing/payload'
import type { Answers, Ask, Payment, Refusal, SessionFacts, TokenAnswer } from '../common/messages.ts'
import { type AttemptOutcome, confirmOnce, followPayment, payOnce, refusalOf, type WatchWorld } from './attempt.ts'
import type { Forms } from './keeper-forms.ts'
import { type SealedAttempt, type SealingPlace, sealPayment, withChoices } from './keeper-seal.ts'
import { askSession } from './keeper-session.ts'
import { askPatiently } from './patience.ts'
import type { ServerCalls, SessionRef, TokenRequest } from './server-calls.ts'

export interface AskPlace extends SealingPlace {
  calls: ServerCalls
  now(): number
  forms: Forms
  /** The session as it was last seen. */
  facts(): SessionFacts | undefined
  /** The session as it is now; the page hears of it too. */
  seen(facts: SessionFacts): void
  /** What was sealed last for the shop's server, and of which details; these are forgotten with the form. */
  sealed?: (SealedAttempt & { details?: string }) | undefined
}

type Answer<What extends Ask['what']> = { value: Answers[What] } | { refusal: Refusal }

const NO_SESSION: Refusal = { code: 'payment_session_invalid', fate: 'safe' }
const NOT_COMPLETE: Refusal = { code: 'payment_request_failed', fate: 'safe' }

export async function answerAsk(place: AskPlace, ask: Ask): Promise<Answer<Ask['what']>> {
  switch (ask.what) {
    case 'check': {
      const form = place.forms.find(ask.form)
      const wrong = form?.check(ask.reveal)
      return { value: { valid: form !== undefined && wrong === undefined, ...(wrong && { wrong }) } }
    }
    case 'seal':
      return await sealOnly(place, ask)
    case 'pay':
      return await pay(place, ask)
    case 'follow': {
      const session = ask.session ?? place.session
      // The payment is going on, and there is nobody to ask about it.
      if (!session) return { refusal: { code: 'payment_session_invalid', fate: 'unknown' } }
      return ended(await followPayment(worldOf(place, session), ask.paymentId, ask.settlesLater))
    }
    case 'tokenize':
      return await tokenize(place, ask)
    case 'wallet':
      return await askWallet(place, ask)
    case 'session':
      return await readSession(place)
    case 'abandon':
      return await abandon(place)
    case 'confirm': {
      const { session, calls, wait } = place
      return session
        ? ended(await confirmOnce(() => calls.confirm(session, ask.paymentId, ask.code), wait))
        : { refusal: NO_SESSION }
    }
  }
}

async function sealOnly(place: AskPlace, ask: Extract<Ask, { what: 'seal' }>): Promise<Answer<'seal'>> {
  const typed = typedFor(place, ask)
  if ('refusal' in typed) return typed
  const details = JSON.stringify([ask.method, ask.displayed, typed.card, ask.holder, ask.details, ask.wallet])
  const former = ask.lost ? place.sealed : undefined
  if (former?.details === details) return { value: { session_data: former.sessionData } }
  const sealed = await sealPayment(place, ask, typed.card, former?.attempt)
  if ('refusal' in sealed) return sealed
  place.sealed = { ...sealed, details }
  return { value: { session_data: sealed.sessionData } }
}

async function pay(place: AskPlace, payment: Payment): Promise<Answer<'pay'>> {
  const { session, calls } = place
  if (!session) return { refusal: NO_SESSION }
  const typed = typedFor(place, payment)
  if ('refusal' in typed) return typed
  const sealed = await sealPayment(place, payment, typed.card)
  if ('refusal' in sealed) return sealed
  const { sessionData, attempt } = sealed
  const submit = () => calls.submit(session, sessionData, attempt)
  const outcome = await payOnce({ ...worldOf(place, session), submit }, attempt, payment.settlesLater)
  const approved = 'answer' in outcome && outcome.answer.status === 'Approved'
  if (approved && payment.form !== undefined) place.forms.find(payment.form)?.spend()
  return ended(outcome)
}

/** The card that pays, with the shopper's choices; none for other methods. */
function typedFor(place: AskPlace, payment: Payment): { card?: TypedCard } | { refusal: Refusal } {
  if (payment.method !== 'card') return {}
  const form = payment.form === undefined ? undefined : place.forms.find(payment.form)
  const card = form?.card()
  if (!form || !card) return { refusal: NOT_COMPLETE }
  return { card: withChoices(named(place, card), form.state(), payment) }
}

/** A hidden name is the customer's, where the session knows one and the shop gave no other. */
function named(place: AskPlace, card: TypedCard): TypedCard {
  const name = card.name ?? place.facts()?.customer_name
  return name === undefined ? card : { ...card, name }
}

function worldOf({ calls, wait, now }: AskPlace, session: SessionRef): WatchWorld {
  return { session: () => calls.session(session), wait, now }
}

function ended(outcome: AttemptOutcome): Answer<'pay'> {
  return 'answer' in outcome ? { value: outcome.answer } : outcome
}

/** A token may be made twice without harm: the one that is not used expires. */
async function tokenize(place: AskPlace, ask: Extract<Ask, { what: 'tokenize' }>): Promise<Answer<'tokenize'>> {
  const { maxUsageAttempts, retrieveIdentifier } = 'form' in ask ? ask : {}
  const typed = 'form' in ask ? typedForToken(place, ask.form) : ofWallet(ask)
  if (!typed) return { refusal: { code: 'tokenize_request_failed', fate: 'safe' } }
  const severalUses = maxUsageAttempts !== undefined && retrieveIdentifier !== undefined
  const body = { ...typed, ...(severalUses && { max_usage_attempts: maxUsageAttempts }) }
  const headers: Record<string, string> = severalUses ? { 'cko-retrieve-identifier': retrieveIdentifier } : {}
  const heard = await askPatiently(() => place.calls.token(body, headers), place.wait, 2)
  if (heard?.status === 201) return { value: heard.body as TokenAnswer }
  return { refusal: refusalOf(heard, 'safe', 'tokenize_request_failed') }
}

function ofWallet({ wallet, billing_address: address }: Extract<Ask, { wallet: object }>): TokenRequest {
  return { type: wallet.type, token_data: wallet.token, ...(address && { billing_address: address }) }
}

/** The page can name no address but one of those for wallets. */
const WALLET_STEP = /^\w+(\/\w+)?$/

async function askWallet(place: AskPlace, { step, body }: Extract<Ask, { what: 'wallet' }>): Promise<Answer<'wallet'>> {
  const heard = WALLET_STEP.test(step)
    ? await askPatiently(() => place.calls.wallet(step, body), place.wait, 2)
    : undefined
  return heard?.status === 200
    ? { value: heard.body as Answers['wallet'] }
    : { refusal: refusalOf(heard, 'safe', 'network_error') }
}

/** A whole card, or the security code of a form that asks for nothing else. */
function typedForToken(place: AskPlace, id: string): TokenRequest | undefined {
  const form = place.forms.find(id)
  const card = form?.card()
  if (card) return { type: 'card', ...named(place, card) }
  const cvv = form?.cvv()
  return cvv === undefined ? undefined : { type: 'cvv', token_data: { cvv } }
}

async function readSession(place: AskPlace): Promise<Answer<'session'>> {
  if (!place.session) return { refusal: NO_SESSION }
  const answer = await askSession(place.calls, place.wait, place.session)
  if ('refusal' in answer) return { refusal: answer.refusal }
  place.seen(answer.facts)
  return { value: answer.facts }
}

/** Only a clear yes counts: whatever else is said, the attempt may still be approved. */
async function abandon({ session, calls, wait }: AskPlace): Promise<Answer<'abandon'>> {
  if (!session) return { refusal: { code: 'payment_session_invalid', fate: 'unknown' } }
  const heard = await askPatiently(() => calls.abandon(session), wait)
  return heard?.status === 204 ? { value: { stopped: true } } : { refusal: refusalOf(heard, 'unknown') }
}
