/**
 * The shopper's page asks again and again what became of a payment that waits for him elsewhere: in an app, at his bank.
 * Each question is a chance to ask the processor, so that an approval shows within seconds; not each one is taken.
 */
import type { Context } from '../context.ts'
import type { PaymentRow } from '../store/payments.ts'
import { newId } from './ids.ts'
import { learnOutcome } from './learn-outcome.ts'

export const LOOK_DEADLINE_MS = 3_000
/** Between two looks at one payment, on one node. The longer it has waited, the more rarely: a twentieth of its age. */
const LEAST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15_000
const SHARE_OF_AGE = 20
/** Payments remembered at most; of older ones it is forgotten when they were looked at. */
const MOST_REMEMBERED = 10_000

/** A page may stand open for a week: each look is recorded over the one before it, and only the last one is kept. */
interface Look {
  /** Real time, in milliseconds. */
  at: number
  callId: string
}

const lastLooks = new WeakMap<Context, Map<string, Look>>()

/** @returns whether there may be something new to read */
export async function lookAtWaiting(ctx: Context, entityKey: number, payment: PaymentRow): Promise<boolean> {
  if (payment.phase !== 'pending' || payment.leaseLeftS > 0) return false
  const callId = callOfLook(ctx, entityKey, payment)
  if (callId === undefined) return false
  await learnOutcome(ctx, entityKey, payment, { deadlineMs: LOOK_DEADLINE_MS, callId })
  return true
}

/** The id of the message to look with; `undefined`: it is too soon. */
function callOfLook(ctx: Context, entityKey: number, { id, now, requestedOn }: PaymentRow): string | undefined {
  const looks = lastLooks.get(ctx) ?? new Map<string, Look>()
  lastLooks.set(ctx, looks)
  const last = looks.get(id)
  const ageMs = now.getTime() - requestedOn.getTime()
  const pauseMs = Math.min(Math.max(ageMs / SHARE_OF_AGE, LEAST_PAUSE_MS), LONGEST_PAUSE_MS)
  const at = ctx.now()
  if (last && at - last.at < pauseMs) return undefined
  const callId = last?.callId ?? newId(ctx, entityKey)
  if (looks.size >= MOST_REMEMBERED) looks.delete(looks.keys().next().value as string)
  looks.delete(id)
  looks.set(id, { at, callId })
  return callId
}
