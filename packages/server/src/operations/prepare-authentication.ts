/** Before a card is whole: whether its issuer wants to look at the browser first, and where. */
import { DEFAULT_LOCALE } from '@sluice/core/locales'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import { theAuthenticator } from './ask.ts'
import { PREPARED_TOKEN } from './authenticate-attempt.ts'
import { newId } from './ids.ts'
import { type Caller, channelOf, mayUse, merchantOf } from './merchant.ts'
import { authenticatesOutside, hasNoAuthenticator } from './sca.ts'

const DEADLINE_MS = 3_000

/**
 * What is to be done in the shopper's browser. `prepared` stands for the transaction id and is sealed with the card;
 * without `methodUrl` there is nothing to open.
 */
export interface PreparedAuthentication {
  threeDSServerTransID: string
  prepared?: string
  methodUrl?: string
  /** Form member `threeDSMethodData` for it. */
  methodData?: string
}

/**
 * @param bin eight leading digits
 * @param sessionId UUID; without a session the merchant's first channel is asked
 * @throws Problem `resource_not_found`
 */
export async function prepareAuthentication(
  ctx: Context,
  caller: Caller,
  bin: string,
  sessionId: string | undefined,
): Promise<PreparedAuthentication> {
  const { entityKey } = caller
  const merchant = await merchantOf(ctx, entityKey)
  const session = sessionId === undefined ? undefined : await ctx.store.readSession(entityKey, sessionId)
  if (sessionId !== undefined && (!session || !mayUse(caller, session.channelId)))
    throw new Problem('resource_not_found')
  const channel = session ? await channelOf(ctx, merchant, session.channelId) : merchant.channels[0]
  const transId = newId(ctx, entityKey)
  const nothing = { threeDSServerTransID: transId }
  const settings = channel?.settings
  const asks = settings && authenticatesOutside(ctx, settings) && !hasNoAuthenticator(ctx, settings)
  if (!asks || !mayAsk(session?.request)) return nothing

  const at = (session?.now ?? (await ctx.store.entityNow(entityKey))).toISOString()
  const found = await theAuthenticator(ctx, settings)
    .prepare(
      {
        bin,
        at,
        transId,
        methodNotificationUrl: `${ctx.config.urls.frames}/3ds/method`,
        locale: (session?.request['locale'] as string | undefined) ?? DEFAULT_LOCALE,
        metadata: (session?.request['metadata'] as Record<string, unknown> | undefined) ?? {},
      },
      AbortSignal.timeout(DEADLINE_MS),
    )
    // A payment does not fail for it: the issuer will know less of the browser.
    .catch((cause: unknown) => {
      ctx.log.warn({ err: cause }, 'an authentication could not be prepared')
      return undefined
    })
  const prepared = ctx.vault.urlToken(entityKey, transId, PREPARED_TOKEN)
  if (!found?.method) return { ...nothing, prepared }
  return { ...nothing, prepared, methodUrl: found.method.url, methodData: found.method.data }
}

/** Where 3-D Secure is neither wanted nor allowed after a decline, nobody looks at the browser. */
function mayAsk(request: Record<string, unknown> | undefined): boolean {
  if (!request) return true
  const asked = request['3ds'] as { enabled?: boolean; allow_upgrade?: boolean } | undefined
  return asked !== undefined && (asked.enabled === true || asked.allow_upgrade !== false)
}
