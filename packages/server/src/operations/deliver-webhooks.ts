/**
 * Delivers what is due to one receiver, under the receiver's lease. Each receiver is served by itself: one that is dead,
 * silent or slow holds up its own deliveries and nobody else's. A delivery is over when its result is recorded; who dies
 * before that leaves it as it was, and it is sent again: at least once.
 */
import { createHmac } from 'node:crypto'
import { wireId } from '@sluice/core/ids'
import type { Context } from '../context.ts'
import type { ClaimedDelivery } from '../store/deliveries.ts'
import { VERSION } from '../version.ts'
import type { WebhookAnswer } from '../webhooks/send.ts'
import { envelopeOf } from './event-envelope.ts'
import { newId } from './ids.ts'
import { type ReceiverSecrets, unsealReceiver } from './receiver-secrets.ts'

/** When a delivery that failed is tried again: seconds of the merchant's time after each try. Then it is given up. */
export const RETRY_AFTER_S = [300, 600, 900, 1_800, 3_600, 14_400, 43_200, 43_200] as const

/** Deliveries to one receiver under way at once. */
const AT_ONCE = 8
/** Claimed together. What is not begun within `BEGIN_WITHIN_MS` is left for the next claim, so that a lease is enough. */
const BATCH = 64
const BEGIN_WITHIN_MS = 5_000
/** The receiver is given back after so long: others may be waiting to be served, and the server to be stopped. */
const TURN_MS = 5_000
/** More than a turn's last batch can take: begun within five seconds, answered within ten, recorded. */
const LEASE_S = 30
/** In a row: the receiver is left alone for a moment (`settle_deliveries` opens its circuit). */
const FAILURES_THAT_STOP = 5

/** @param actionId UUID of the receiver */
export async function deliverWebhooks(ctx: Context, entityKey: number, actionId: string): Promise<void> {
  const owner = newId(ctx, entityKey)
  const until = ctx.now() + TURN_MS
  let served = false
  try {
    while (ctx.now() < until) {
      const lane = await ctx.store.claimDeliveries(entityKey, { actionId, owner, leaseS: LEASE_S, limit: BATCH })
      if (!lane) return
      served = true
      const secrets = unsealReceiver(ctx, entityKey, actionId, lane.sealed)
      const beginUntil = ctx.now() + BEGIN_WITHIN_MS
      const waiting = lane.deliveries.values()
      let failures = 0
      let recorded = true
      // The next one is sent while the last ones are recorded: many results in one statement, and nobody waits for it.
      const records: Promise<unknown>[] = []
      const work = async () => {
        for (const delivery of waiting) {
          if (failures >= FAILURES_THAT_STOP || !recorded || ctx.now() > beginUntil) return
          const answer = await send(ctx, lane.url, secrets, delivery)
          failures = answer.succeeded ? 0 : failures + 1
          const record = settle(ctx, entityKey, actionId, delivery, answer)
          record.catch(() => {
            recorded = false
          })
          records.push(record)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      // What is not recorded would be claimed again.
      await Promise.all(records)
    }
  } finally {
    await ctx.store.releaseReceiver(entityKey, actionId, owner)
    // What was published between the last claim and the release found the receiver taken.
    if (served) ctx.wakeJobs()
  }
}

async function send(
  ctx: Context,
  url: string,
  secrets: ReceiverSecrets,
  delivery: ClaimedDelivery,
): Promise<WebhookAnswer> {
  const body = Buffer.from(JSON.stringify(envelopeOf(ctx, delivery)), 'utf8')
  const answer = await ctx.sendWebhook({ url, headers: headersOf(secrets, body), body })
  await ctx.seam('delivery.sent', wireId('event', delivery.id))
  return answer
}

function settle(
  ctx: Context,
  entityKey: number,
  actionId: string,
  delivery: ClaimedDelivery,
  answer: WebhookAnswer,
): Promise<unknown> {
  return ctx.store.settleDelivery(entityKey, {
    attemptId: newId(ctx, entityKey),
    eventId: delivery.id,
    actionId,
    round: delivery.round,
    tries: delivery.tries,
    succeeded: answer.succeeded,
    retryInS: RETRY_AFTER_S[delivery.tries] ?? null,
    details: detailsOf(answer),
  })
}

/** The merchant's own headers win, but for the signature. */
function headersOf({ headers, key }: ReceiverSecrets, body: Buffer): Record<string, string> {
  const signed = key === undefined ? {} : { 'cko-signature': signatureOf(key, body) }
  const theirs = Object.entries(headers).filter(([name]) => !(name.toLowerCase() in signed))
  const own = new Set(theirs.map(([name]) => name.toLowerCase()))
  const ours = { 'content-type': 'application/json', 'user-agent': `Sluice/${VERSION}` }
  return {
    ...Object.fromEntries(theirs),
    ...Object.fromEntries(Object.entries(ours).filter(([name]) => !own.has(name))),
    ...signed,
  }
}

/** Lower-case hex HMAC-SHA256 of the very bytes that are sent, under the key's UTF-8. */
export function signatureOf(key: string, body: Buffer): string {
  return createHmac('sha256', Buffer.from(key, 'utf8')).update(body).digest('hex')
}

function detailsOf({ status, error, body, durationMs }: WebhookAnswer): object {
  return {
    ...(status !== undefined && { status_code: status }),
    ...(error !== undefined && { error }),
    ...(body !== undefined && body !== '' && { response_body: body }),
    duration_ms: durationMs,
  }
}
