/** What a merchant has the simulated bank do, and what he may read there. Sandbox only. */
import { wireId } from '@sluice/core/ids'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import { speakingFor } from '../processors/simulator/bank-key.ts'
import { merchantOf } from './merchant.ts'

/** Nothing the simulator has to tell takes longer. */
const DEADLINE_MS = 10_000

/**
 * One message to the bank about the merchant, with his key and at his time.
 * @param path below the bank's origin
 * @throws Problem `resource_not_found` where the bank knows no such payment, `processor_unreachable`
 * @throws InvalidRequest `request_invalid` for what the bank does not take
 */
export async function askBank(
  ctx: Context,
  entityKey: number,
  method: 'GET' | 'POST',
  path: string,
  body: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const merchant = wireId('entity', (await merchantOf(ctx, entityKey)).id)
  const { now } = await ctx.store.readClock(entityKey)
  const query = method === 'GET' ? `?${new URLSearchParams({ merchant })}` : ''
  const reply = await ctx
    .exchange(
      {
        method,
        url: ctx.config.urls.simulator + path + query,
        headers: {
          'sluice-time': now.toISOString(),
          ...speakingFor(ctx.vault, merchant),
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        },
        ...(method === 'POST' && { body: { ...body, merchant } }),
      },
      undefined,
      AbortSignal.timeout(DEADLINE_MS),
    )
    .catch(() => undefined)
  if (reply?.status === 404) throw new Problem('resource_not_found')
  if (reply?.status === 422) throw new InvalidRequest(['request_invalid'])
  if (reply?.status !== 200 || typeof reply.body !== 'object' || reply.body === null) {
    throw new Problem('processor_unreachable')
  }
  return reply.body as Record<string, unknown>
}

/** Where the bank shows the merchant's books. */
export async function bankOf(ctx: Context, entityKey: number) {
  const { simulator: url } = ctx.config.urls
  const merchant = wireId('entity', (await merchantOf(ctx, entityKey)).id)
  const statement = await askBank(ctx, entityKey, 'GET', '/control/statement')
  return { url, ledger_url: `${url}/ledger?merchant=${merchant}`, statement_url: String(statement['url']) }
}
