/** What follows every settled change of a payment. */
import type { Context } from '../context.ts'

/** @param paymentId `pay_…` */
export async function afterSettling(ctx: Context, paymentId: string): Promise<void> {
  await ctx.seam('attempt.settled', paymentId)
  await ctx.seam('event.committed', paymentId)
  ctx.wakeJobs()
}
