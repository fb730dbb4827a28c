/**
 * What time it is at a merchant. The bank has no clock: messages bring the merchant's time. A shopper's browser brings none,
 * so the bank asks the merchant before it believes that a page is still open.
 */
import type { FastifyRequest } from 'fastify'
import type { Payment } from './books.ts'

const DEADLINE_MS = 3_000

/** Of the header `Sluice-Time`. @returns nothing without it, or where it names no time of the years 1970 to 9999 */
export function timeNamedBy({ headers }: FastifyRequest): Date | undefined {
  const named = headers['sluice-time']
  const at = new Date(typeof named === 'string' ? named : Number.NaN)
  const year = at.getUTCFullYear()
  return year >= 1970 && year <= 9999 ? at : undefined
}

/** @returns nothing where the merchant gave no address to ask at, or does not answer */
export async function timeAtMerchant({ request }: Pick<Payment, 'request'>): Promise<Date | undefined> {
  const url = request['time_url']
  if (typeof url !== 'string') return undefined
  const answer = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS), redirect: 'error' })
    .then((reply) => (reply.ok ? reply.json() : undefined))
    .catch(() => undefined)
  const at = new Date(String((answer as { now?: unknown } | undefined)?.now))
  return Number.isNaN(at.getTime()) ? undefined : at
}
