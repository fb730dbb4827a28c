/** Where processors tell what they were not asked for: an address of its own for each channel, that we made and MACed. */
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { readTimeOf, receiveNotification } from '../../operations/receive-notification.ts'
import { UNLIMITED } from '../access.ts'
import type { Routes } from '../types.ts'

export function notificationRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/notifications/:token',
      // Processors tell many things at once, from few addresses.
      { config: { access: UNLIMITED }, schema: { hide: true, params: Type.Object({ token: Type.String() }) } },
      async (request, reply) => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
        )
        await receiveNotification(ctx, request.params.token, { headers, body: request.body })
        return reply.code(200).header('cache-control', 'no-store').send({})
      },
    )

    // The simulated bank has no clock, and a page of its own has to know whether it is too late.
    if (ctx.config.mode === 'production') return
    app.get(
      '/notifications/:token/time',
      { config: { access: UNLIMITED }, schema: { hide: true, params: Type.Object({ token: Type.String() }) } },
      async (request, reply) => {
        const now = await readTimeOf(ctx, request.params.token)
        return reply.code(200).header('cache-control', 'no-store').send({ now: now.toISOString() })
      },
    )
  }
}
