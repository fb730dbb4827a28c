/** Publishing: what changes have written gets its number and its deliveries. */
import type { Context } from '../context.ts'
import { merchantOf } from './merchant.ts'

/** Subjects' events numbered by one statement: few commits, and a statement that stays short. */
const BATCH = 500

/**
 * Publishes what one merchant has waiting. On any node, by several at once: one numbers, the others are silent and come
 * again. See `publish_events` for why there is no gap.
 */
export async function publishEvents(ctx: Context, entityKey: number): Promise<void> {
  const { id: entityId } = await merchantOf(ctx, entityKey)
  for (;;) {
    const published = await ctx.store.publishEvents(entityKey, { entityId, limit: BATCH })
    if (!published) {
      await ctx.store.makeEventCounter(entityKey)
      continue
    }
    if (published.deliveries > 0) ctx.wakeJobs()
    if (published.events < BATCH) return
  }
}
