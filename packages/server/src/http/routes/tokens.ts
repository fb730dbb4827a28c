/** Tokens: made with a public key from a page or a card frame, looked at with a secret key. */
import { TOKEN_CODES, TokenBody, TokenMetadataReply, TokenReply } from '@sluice/core/wire/tokens'
import type { Context } from '../../context.ts'
import { createToken } from '../../operations/create-token.ts'
import { readTokenMetadata } from '../../operations/read-token.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'
import { idParams } from './schemas.ts'

const RETRIEVE_IDENTIFIER_HEADER = 'cko-retrieve-identifier'

/**
 * `POST /tokens`, on the API and on the frames origin. An idempotency key is not looked at: keeping an answer would mean
 * keeping a token, and a token that is not used harms nobody.
 */
export function tokenRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/tokens',
      {
        attachValidation: true,
        config: { access: requires('vault:tokenization', { publicKey: 'instead-of-secret' }), bodyCodes: TOKEN_CODES },
        schema: {
          operationId: 'requestToken',
          summary: 'Exchange card details or a security code for a token',
          description:
            'With a public key. A token lives 15 minutes. With `max_usage_attempts` and the header `Cko-Retrieve-Identifier` it may be used as often as that, else once.',
          tags: ['Tokens'],
          body: TokenBody,
          response: { 201: TokenReply },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, TokenBody)
        const header = request.headers[RETRIEVE_IDENTIFIER_HEADER]
        const identifier = typeof header === 'string' ? header : undefined
        const made = await createToken(ctx, authenticatedCaller(request), value, problems, identifier)
        return reply.code(201).header('cache-control', 'no-store').send(made)
      },
    )
  }
}

/** `GET /tokens/{id}/metadata`, on the API alone. */
export function tokenMetadataRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get(
      '/tokens/:id/metadata',
      {
        config: { access: requires('vault:tokens-metadata') },
        schema: {
          operationId: 'getTokenMetadata',
          summary: 'Get what may be shown of the card behind a token',
          tags: ['Tokens'],
          params: idParams('tok_…'),
          response: { 200: TokenMetadataReply },
        },
      },
      (request) => readTokenMetadata(ctx, authenticatedCaller(request), request.params.id),
    )
  }
}
