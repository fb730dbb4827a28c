/** Where a bank's page sends the shopper's browser back to. */
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { returnPayer } from '../../operations/return-payer.ts'
import { OPEN } from '../access.ts'
import type { Routes } from '../types.ts'

export function returnRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get(
      '/returns/:token',
      { config: { access: OPEN }, schema: { hide: true, params: Type.Object({ token: Type.String() }) } },
      async (request, reply) => {
        const landing = await returnPayer(ctx, request.params.token)
        return reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').redirect(landing, 303)
      },
    )
  }
}
