/**
 * What happens on the challenge page. The first answer that counts is the last: it is on the books before the 3DS Server
 * is told, and the 3DS Server is told before the browser goes back.
 */
import type { TransStatus } from '@sluice/core/three-ds/messages'
import type { Simulator } from '../app.ts'
import type { Fidelity } from '../issuer/cards.ts'
import { makeProof, reportResult } from './directory.ts'
import { refusal, withReason } from './judge.ts'
import type { Authentication, ChallengeKind } from './store.ts'
import { threeDsSwitch } from './switches.ts'

/** What the page expects, and how often it may be typed wrong. Part of the page's frozen contract. */
export const RIGHT_ANSWERS: Readonly<
  Record<Exclude<ChallengeKind, 'oob'>, { text: string; tries: number; fidelity: Fidelity }>
> = {
  password: { text: 'Checkout1!', tries: 1, fidelity: 'confirmed' },
  otp: { text: '123456', tries: 3, fidelity: 'inferred' },
}

export function isRightPassword(text: string): boolean {
  return text.trim() === RIGHT_ANSWERS.password.text
}

/** From the request to the answer, in the merchant's time. */
const CHALLENGE_DEADLINE_MS = 15 * 60_000
/** How long after the browser has gone back the result follows, with `rreq:late`; and how long an app takes to approve. */
const LATE_MS = 3_000
const DECOUPLED_MS = 2_000

const CANCELLED = '01'
const TIMED_OUT = '04'

export type ChallengeAnswer =
  | { kind: 'answer'; text: string; approved: boolean }
  | { kind: 'cancel' }
  /** What the switch `challenge` says. */
  | { kind: 'auto' }

type Verdict = { status: TransStatus; reason?: string; cancel?: string }

/** A CReq has come. It may come again: the page is the same. */
export async function openChallenge(
  bank: Simulator,
  { server_trans_id }: Authentication,
  windowSize: string,
  sessionData: string | undefined,
): Promise<void> {
  await bank.authentications.change(server_trans_id, (authentication) => {
    if (authentication.state !== 'challenged') return
    authentication.window_size = windowSize
    authentication.session_data = sessionData ?? null
  })
}

/** @returns the authentication as it then is, and whether the answer was wrong and may be given again */
export async function answerChallenge(
  bank: Simulator,
  known: Authentication,
  answer: ChallengeAnswer,
): Promise<{ authentication: Authentication; wrong: boolean }> {
  const late = await isLate(bank, known)
  let wrong = false
  const changed = await bank.authentications.change(known.server_trans_id, (authentication) => {
    if (authentication.state !== 'challenged') return
    authentication.interactions += 1
    const verdict = late ? timedOut() : verdictOn(authentication, answer)
    wrong = verdict === undefined && !isEmpty(answer)
    if (verdict === undefined && !wrong) authentication.interactions -= 1
    if (verdict) decide(bank, authentication, verdict)
  })
  return { authentication: await settleChallenge(bank, changed ?? known), wrong }
}

/** Tells the 3DS Server of an answer it has not been told of, and ends a challenge whose time is over. */
export async function settleChallenge(bank: Simulator, known: Authentication): Promise<Authentication> {
  let authentication = known
  if (authentication.state === 'challenged' && (await isLate(bank, authentication))) {
    authentication =
      (await bank.authentications.change(authentication.server_trans_id, (current) => {
        if (current.state === 'challenged') decide(bank, current, timedOut())
      })) ?? authentication
  }
  if (authentication.state !== 'answered') return authentication
  if (threeDsSwitch(authentication.switches, 'rreq') === 'late') {
    later(bank, LATE_MS, () => report(bank, authentication))
    return authentication
  }
  return report(bank, authentication)
}

/** Decoupled: the shopper answers in his bank's app, whenever he likes; here, after two seconds. */
export async function answerDecoupled(bank: Simulator, acsTransId: string): Promise<void> {
  const known = await bank.authentications.byAcsTransId(acsTransId)
  if (known?.state !== 'challenged') return
  const changed = await bank.authentications.change(known.server_trans_id, (authentication) => {
    if (authentication.state !== 'challenged') return
    decide(bank, authentication, autoVerdict(authentication) ?? { status: authentication.on_success ?? 'Y' })
  })
  if (changed?.state === 'answered') later(bank, DECOUPLED_MS, () => report(bank, changed))
}

/** Tells what was still to be told when the bank closed. */
export async function reportWhatWaits(bank: Simulator): Promise<void> {
  for (const authentication of await bank.authentications.unreported()) await report(bank, authentication)
}

/** Reports that are under way, by the authentication: a page that is opened twice meanwhile waits for the same one. */
const reports = new Map<string, Promise<Authentication>>()

function report(bank: Simulator, authentication: Authentication): Promise<Authentication> {
  const { acs_trans_id: id } = authentication
  const underWay = reports.get(id)
  if (underWay) return underWay
  const done = reportOnce(bank, authentication).finally(() => reports.delete(id))
  reports.set(id, done)
  return done
}

async function reportOnce(bank: Simulator, { server_trans_id: id }: Authentication): Promise<Authentication> {
  // Another one may have ended since the page was asked for.
  const now = await bank.authentications.byServerTransId(id)
  if (!now) throw new Error('an authentication is gone')
  if (now.state !== 'answered') return now
  await reportResult(now)
  const reported = await bank.authentications.change(id, (current) => {
    current.state = 'reported'
  })
  return reported ?? now
}

/** `undefined`: nothing is decided yet. */
function verdictOn(authentication: Authentication, answer: ChallengeAnswer): Verdict | undefined {
  if (answer.kind === 'auto') return autoVerdict(authentication)
  if (answer.kind === 'cancel') return cancelled()
  const success = { status: authentication.on_success ?? 'Y' } as const
  if (authentication.kind === 'oob') return answer.approved ? success : undefined
  if (isEmpty(answer)) return undefined
  const { text, tries } = RIGHT_ANSWERS[authentication.kind]
  if (answer.text.trim() === text) return success
  return authentication.interactions >= tries ? { status: 'N' } : undefined
}

function autoVerdict(authentication: Authentication): Verdict | undefined {
  switch (threeDsSwitch(authentication.switches, 'challenge')) {
    case 'approve':
      return { status: authentication.on_success ?? 'Y' }
    case 'fail':
      return { status: 'N' }
    case 'cancel':
      return cancelled()
    case 'timeout':
      return timedOut()
    default:
      return undefined
  }
}

function decide(bank: Simulator, authentication: Authentication, verdict: Verdict) {
  const proof = makeProof(bank, authentication.server_trans_id, authentication.bin, verdict.status)
  authentication.state = 'answered'
  authentication.status = verdict.status
  authentication.reason = verdict.reason ?? withReason(verdict.status).reason ?? null
  authentication.cancel = verdict.cancel ?? null
  authentication.eci = proof.eci ?? null
  authentication.authentication_value = proof.authenticationValue ?? null
}

function cancelled(): Verdict {
  return { status: 'N', cancel: CANCELLED }
}

function timedOut(): Verdict {
  return { ...refusal('timed_out'), cancel: TIMED_OUT }
}

/** A browser does not say what time it is at the merchant; what the merchant said last is the best there is. */
async function isLate(bank: Simulator, authentication: Authentication): Promise<boolean> {
  const now = await bank.authentications.lastHeardOf(authentication)
  return now.getTime() >= Date.parse(authentication.requested_on) + CHALLENGE_DEADLINE_MS
}

function isEmpty(answer: ChallengeAnswer): boolean {
  return answer.kind === 'answer' && !answer.approved && answer.text.trim() === ''
}

/** What is still to be told when the bank closes is told when it opens again. */
function later(bank: Simulator, ms: number, work: () => Promise<unknown>) {
  bank.startTimer(ms, () => {
    work().catch((cause: Error) => bank.log.warn({ err: { message: cause.message } }, 'a result was not told'))
  })
}
