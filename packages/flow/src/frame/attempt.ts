/**
 * One attempt to pay, from the sealed details to what became of them. An answer that was lost is never guessed and never
 * made up for by a second payment: the session is asked, and only when it knows nothing of the attempt is the very same
 * `session_data` sent once more, which the server takes for the same attempt however often it comes.
 */
import type { LatestPayment, PaymentAnswer, Refusal, SessionFacts } from '../common/messages.ts'
import { mayPass } from './patience.ts'
import { errorCodesOf, type HttpAnswer } from './server-calls.ts'

/** What an attempt needs of the world; `undefined` is an answer that did not come. */
export interface AttemptWorld {
  /** `POST …/submit` with the same bytes each time. */
  submit(): Promise<HttpAnswer | undefined>
  /** `GET` of the session. */
  session(): Promise<HttpAnswer | undefined>
  /** Waits; comes back early when a browser that was offline is online again. */
  wait(ms: number): Promise<void>
  /** Milliseconds that only ever grow. */
  now(): number
}

/** What watching an attempt needs. */
export type WatchWorld = Omit<AttemptWorld, 'submit'>

export type AttemptOutcome = { answer: PaymentAnswer } | { refusal: Refusal }

/** Nothing was heard of the server for so long that the shopper is told. */
const SILENCE_MS = 60_000
/** How long a payment is followed that the bank is working on. */
const FOLLOW_MS = 600_000
/** For how long, and how often, what did not arrive is sent once more. */
const SENDING_MS = 60_000
const MOST_SENDS = 6
const LONGEST_PAUSE_MS = 5000

/**
 * Submits, and finds out.
 * @param attempt the `jti` of the details, by which the session knows it
 * @param settlesLater `Pending` is an answer like any other: the outcome comes days later
 */
export async function payOnce(world: AttemptWorld, attempt: string, settlesLater = false): Promise<AttemptOutcome> {
  const began = world.now()
  let doubt = false
  for (let sends = 1; ; sends++) {
    const verdict = judge(await world.submit())
    if (verdict.kind === 'answered') {
      const { answer } = verdict
      return answer.status === 'Pending' && !answer.action?.next_step && !settlesLater
        ? await withKey(world, await followPayment(world, answer.id))
        : { answer }
    }
    if (verdict.kind === 'refused') return { refusal: verdict.refusal }
    if (verdict.kind === 'lost') doubt = true
    if (verdict.kind === 'later') await later(world.wait, verdict.refusal)

    const standing = await findOut(world, (latest) => latest.attempt === attempt, settlesLater)
    if (!('open' in standing)) return await withKey(world, standing)
    // The session knows nothing of this attempt: it was not begun, and a closed session will not begin it either.
    if (verdict.kind === 'over') return { refusal: verdict.refusal }
    if (!standing.open) return { refusal: closedBy(standing.status) }
    if (sends === MOST_SENDS || world.now() - began > SENDING_MS) {
      // What was lost may still be on its way.
      return { refusal: verdict.kind === 'later' && !doubt ? verdict.refusal : refusalOf(undefined, 'unknown') }
    }
    if (verdict.kind === 'lost') await world.wait(Math.min(sends * 1000, LONGEST_PAUSE_MS))
  }
}

/**
 * The address of a challenge that Sluice holds ends in a key, which is in the answer to our own request and nowhere else:
 * the session says that there is something to do, and not where. The same request again is answered the same. Without the
 * key the challenge can never be finished, so it is not begun.
 */
async function withKey(world: AttemptWorld, found: AttemptOutcome): Promise<AttemptOutcome> {
  if (!('answer' in found) || found.answer.status !== 'Action Required' || found.answer.action) return found
  const began = world.now()
  for (let sends = 1; sends <= MOST_SENDS && world.now() - began <= SENDING_MS; sends++) {
    const verdict = judge(await world.submit())
    if (verdict.kind === 'answered') {
      const { answer } = verdict
      return answer.status === 'Pending' ? await followPayment(world, answer.id) : { answer }
    }
    if (verdict.kind === 'refused' || verdict.kind === 'over') return { refusal: verdict.refusal }
    await (verdict.kind === 'later'
      ? later(world.wait, verdict.refusal)
      : world.wait(Math.min(sends * 1000, LONGEST_PAUSE_MS)))
  }
  return found
}

/** A payment whose outcome is being found out, by its id: asks until it has ended, or waits for its shopper. */
export async function followPayment(
  world: WatchWorld,
  paymentId: string,
  settlesLater = false,
): Promise<AttemptOutcome> {
  const standing = await findOut(world, (latest) => latest.id === paymentId, settlesLater)
  if (!('open' in standing)) return standing
  // A newer attempt was begun, which the server lets happen only after this one ended without money.
  return { refusal: standing.open ? refusalOf(undefined, 'safe') : closedBy(standing.status) }
}

// ---------------------------------------------------------------- what an answer means

type Verdict =
  | { kind: 'answered'; answer: PaymentAnswer }
  /** Surely nothing was begun. */
  | { kind: 'refused'; refusal: Refusal }
  /** Not now: a limit, or an attempt under way, perhaps this one. */
  | { kind: 'later'; refusal: Refusal }
  /** The session is closed, perhaps by this very attempt. */
  | { kind: 'over'; refusal: Refusal }
  | { kind: 'lost' }

/** Statuses in which a session takes no attempt any more, and the API's code for each. */
const CLOSED_BY: Record<string, string> = {
  Approved: 'payment_session_already_completed',
  Declined: 'payment_session_attempts_exceeded',
  Canceled: 'payment_session_canceled',
  Expired: 'payment_session_expired',
}
const CLOSED = new Set(Object.values(CLOSED_BY))

/** @param answers HTTP statuses of a payment's answer */
function judge(heard: HttpAnswer | undefined, answers = [201, 202]): Verdict {
  if (!heard) return { kind: 'lost' }
  const { status, body } = heard
  if (answers.includes(status)) return isPaymentAnswer(body) ? { kind: 'answered', answer: body } : { kind: 'lost' }
  if (status === 429) return { kind: 'later', refusal: refusalOf(heard, 'safe') }
  // Ours has a request id and no body; whatever else calls itself 502 is a proxy that knows nothing.
  if (status === 502 && heard.requestId && body === undefined) {
    return { kind: 'refused', refusal: refusalOf(heard, 'safe') }
  }
  if (status < 400 || status >= 500 || status === 408) return { kind: 'lost' }
  return errorCodesOf(body).some((code) => CLOSED.has(code))
    ? { kind: 'over', refusal: refusalOf(heard, 'over') }
    : { kind: 'refused', refusal: refusalOf(heard, 'safe') }
}

/**
 * What became of a one-time code. It is checked once: whether a lost one counted as a try, only the session can tell. One
 * that was not looked at yet, because somebody else has the payment in hand, comes again.
 */
export async function confirmOnce(
  confirm: () => Promise<HttpAnswer | undefined>,
  wait: AttemptWorld['wait'],
): Promise<AttemptOutcome> {
  for (let sends = 1; ; sends++) {
    const verdict = judge(await confirm(), [200, 201, 202])
    if (verdict.kind === 'answered') return { answer: verdict.answer }
    if (verdict.kind === 'lost') return { refusal: refusalOf(undefined, 'unknown') }
    if (verdict.kind !== 'later' || sends === MOST_SENDS) return { refusal: verdict.refusal }
    await later(wait, verdict.refusal)
  }
}

/** An attempt under way gives its lease as the time to wait, but usually ends sooner. */
function later(wait: AttemptWorld['wait'], { retryAfterMs }: Refusal): Promise<void> {
  return wait(Math.min(retryAfterMs ?? 1000, LONGEST_PAUSE_MS))
}

/** `heard`: what the server said, if it did. */
export function refusalOf(
  heard: HttpAnswer | undefined,
  fate: Refusal['fate'],
  code: Refusal['code'] = 'payment_request_failed',
): Refusal {
  if (!heard) return { code, fate }
  const { status, body, requestId, retryAfterMs } = heard
  const errorCodes = errorCodesOf(body)
  return {
    code,
    fate,
    status,
    ...(errorCodes.length > 0 && { errorCodes }),
    ...(requestId && { requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

/** As a submit would have been refused that met the session like this. */
function closedBy(status: string): Refusal {
  const code = CLOSED_BY[status]
  return { ...refusalOf(undefined, 'over'), ...(code && { errorCodes: [code] }) }
}

function isPaymentAnswer(body: unknown): body is PaymentAnswer {
  const { id, status } = (body ?? {}) as Partial<PaymentAnswer>
  return typeof id === 'string' && typeof status === 'string'
}

// ---------------------------------------------------------------- asking the session

/** How it ended; or, when the newest attempt is another one or there is none, whether the session takes attempts. */
type Standing = AttemptOutcome | { open: boolean; status: string }

/** Asks until the session says how the wanted attempt ended, or that it knows nothing of it. */
async function findOut(
  world: WatchWorld,
  isWanted: (latest: LatestPayment) => boolean,
  settlesLater: boolean,
): Promise<Standing> {
  const began = world.now()
  let lastHeard = began
  for (let asked = 1; ; asked++) {
    const heard = await world.session()
    if (heard?.status === 200 && isFacts(heard.body)) {
      lastHeard = world.now()
      const { status, latest_payment: latest } = heard.body
      if (!latest || !isWanted(latest)) return { open: status === 'Pending' || status === 'Action Required', status }
      const answer = answerOf(latest, settlesLater)
      if (answer) return { answer }
    }
    const now = world.now()
    // Asking once more would be answered the same.
    const hopeless = heard?.status !== 200 && !mayPass(heard)
    if (hopeless || now - lastHeard > SILENCE_MS || now - began > FOLLOW_MS) {
      return { refusal: refusalOf(heard?.status === 200 ? undefined : heard, 'unknown') }
    }
    await world.wait(Math.max(Math.min(asked * 1000, LONGEST_PAUSE_MS), Math.min(heard?.retryAfterMs ?? 0, SILENCE_MS)))
  }
}

/** As a submit would have answered it; `undefined` while it is going on and the shopper has nothing to do but wait. */
function answerOf(
  { id, status, type, decline_reason, action }: LatestPayment,
  settlesLater: boolean,
): PaymentAnswer | undefined {
  if (status === 'Processing') {
    return action && (action.next_step || settlesLater) ? { id, status: 'Pending', type, action } : undefined
  }
  if (status === 'Cancelled') {
    return { id, status: 'Declined', type, decline_reason: decline_reason ?? 'payment_cancelled' }
  }
  return { id, status, type, ...(decline_reason && { decline_reason }), ...(action && { action }) }
}

/** Whether an answer is what the session's address answers. */
export function isFacts(body: unknown): body is SessionFacts {
  const { id, status, payment_methods: methods } = (body ?? {}) as Partial<SessionFacts>
  return typeof id === 'string' && typeof status === 'string' && Array.isArray(methods)
}
