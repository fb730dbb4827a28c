/** What the first eight digits of a card number tell, for the card form. On the frames origin alone. */
import { cardMetadata } from '@sluice/core/bins'
import { Problem } from '@sluice/core/problems'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { requires } from '../access.ts'
import type { Routes } from '../types.ts'

/** Asked for again whenever the number changes: the shopper's own browser may remember it for a moment. */
const CACHE_CONTROL = 'private, max-age=60'

export function cardMetadataRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get(
      '/frame/card-metadata/:bin',
      {
        config: { access: requires('vault:tokenization', { publicKey: 'instead-of-secret' }) },
        schema: { params: Type.Object({ bin: Type.String() }) },
      },
      async (request, reply) => {
        const { bin } = request.params
        // Longer would be a card number in a path, which is written down everywhere.
        if (!/^\d{8}$/.test(bin)) throw new Problem('resource_not_found')
        return reply.header('cache-control', CACHE_CONTROL).send(cardMetadata(bin, ctx.config.mode === 'sandbox'))
      },
    )
  }
}
