/** `POST /connect/token`: OAuth 2.0 client credentials, with id and secret in the body or as HTTP Basic. */
import { Problem } from '@sluice/core/problems'
import { TokenErrorReply, TokenReply } from '@sluice/core/wire/replies'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { issueToken, type TokenError } from '../../operations/issue-token.ts'
import type { SigningKeys } from '../../operations/signing-keys.ts'
import { UNLIMITED } from '../access.ts'
import type { Limits } from '../limits.ts'
import type { Routes } from '../types.ts'

const FORM = 'application/x-www-form-urlencoded'

const TokenRequest = Type.Object({
  grant_type: Type.Optional(Type.String({ description: '`client_credentials`.' })),
  client_id: Type.Optional(Type.String({ description: 'Access key id, `ack_…`; or as HTTP Basic user.' })),
  client_secret: Type.Optional(Type.String({ description: 'Access key secret; or as HTTP Basic password.' })),
  scope: Type.Optional(Type.String({ description: 'Separated by spaces. Absent: everything the client may do.' })),
})

/**
 * An official client asks for a token every few seconds, so asking with the right secret is limited like any call of
 * the client; only a wrong secret counts against the address.
 */
export function oauthRoutes(ctx: Context, signing: SigningKeys, limits: Limits): Routes {
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, text, done) =>
      done(null, parseForm(text as string)),
    )

    // RFC 6749 §5.2: at this endpoint every mistake of the caller is a 400 with a word of its own.
    app.setErrorHandler((error, _request, reply) => {
      const status = (error as { statusCode?: number; status?: number }).statusCode ?? (error as Problem).status
      if (status === undefined || status >= 500 || status === 429 || status === 421) throw error
      return reply.code(400).send({ error: 'invalid_request' satisfies TokenError })
    })

    app.post(
      '/connect/token',
      {
        config: { access: UNLIMITED },
        schema: {
          operationId: 'createAccessToken',
          tags: ['Authentication'],
          summary: 'Get an access token',
          consumes: [FORM],
          body: TokenRequest,
          response: { 200: TokenReply, 400: TokenErrorReply },
        },
      },
      async (request, reply) => {
        await limits.refuseGuesser(request.ip)
        const { grant_type: grantType, scope, client_id, client_secret } = request.body
        const basic = basicCredentials(request)
        reply.header('cache-control', 'no-store')
        const answer = await issueToken(ctx, signing, {
          grantType,
          clientId: basic?.id ?? client_id,
          clientSecret: basic?.secret ?? client_secret,
          scope,
        })
        if ('error' in answer) {
          await limits.countGuess(request.ip)
          return reply.code(400).send(answer)
        }
        await limits.countKey(answer.clientId)
        const { accessToken, expiresIn } = answer
        return reply.send({
          access_token: accessToken,
          token_type: 'Bearer',
          expires_in: expiresIn,
          scope: answer.scope,
        })
      },
    )
  }
}

/** @throws Problem when a parameter comes twice (RFC 6749 §3.2) */
function parseForm(text: string): Record<string, string> {
  const form: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in form) throw new Problem('request_http_invalid')
    form[name] = value
  }
  return form
}

/** Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1). */
function basicCredentials(request: FastifyRequest): { id: string; secret: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (!encoded) return undefined
  const [id = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return { id: formDecoded(id), secret: formDecoded(rest.join(':')) }
}

function formDecoded(text: string): string {
  return new URLSearchParams(`v=${text.replaceAll('&', '%26')}`).get('v') ?? ''
}
