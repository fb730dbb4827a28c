/** A processor's notification: who it is for stands in the URL that we made and MACed; what it says is kept, then applied. */
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { IncomingNotification } from '../processors/processor.ts'
import { newId } from './ids.ts'
import { channelOf, merchantOf } from './merchant.ts'

/**
 * Returns when it is kept: the processor need not tell it again.
 * @param token from the URL
 * @throws Problem `resource_not_found` for a token that we never made, `notification_invalid` for what the channel's
 *   processor never sends
 */
export async function receiveNotification(ctx: Context, token: string, message: IncomingNotification): Promise<void> {
  const subject = ctx.vault.readUrlToken(token, 'notification')
  if (!subject) throw new Problem('resource_not_found')
  const { entityKey, uuid: channelId } = subject
  const channel = await channelOf(ctx, await merchantOf(ctx, entityKey), channelId)
  const notification = ctx.processors(channel.settings).parseWebhook(message, channel.settings)
  if (!notification) throw new Problem('notification_invalid')
  await ctx.store.keepNotification(entityKey, { id: newId(ctx, entityKey), channelId, notification })
  ctx.wakeJobs()
}

/**
 * What the merchant's clock shows, for the simulated bank.
 * @param token of the address for notifications
 * @throws Problem `resource_not_found` for a token that we never made
 */
export async function readTimeOf(ctx: Context, token: string): Promise<Date> {
  const subject = ctx.vault.readUrlToken(token, 'notification')
  if (!subject) throw new Problem('resource_not_found')
  return (await ctx.store.readClock(subject.entityKey)).now
}
