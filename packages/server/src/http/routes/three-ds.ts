/**
 * 3-D Secure where we play the 3DS Server: what prepares it, the page around the challenge and its end, on the frames
 * origin; the result from the directory server, on the API's. Tokens in paths are made and MACed by us.
 */
import { uuidOf } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import { jsonOfBase64Url } from '@sluice/core/three-ds/encoding'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import {
  finishAuthentication,
  receiveResult,
  returnFromChallenge,
  showChallenge,
} from '../../operations/finish-authentication.ts'
import { prepareAuthentication } from '../../operations/prepare-authentication.ts'
import { OPEN, requires, UNLIMITED } from '../access.ts'
import { authenticatedCaller, SESSION_SECRET_HEADER } from '../auth.ts'
import { serve } from '../served-file.ts'
import {
  challengePage,
  challengePolicy,
  ENDED_POLICY,
  endedPage,
  methodDonePage,
  methodPage,
  methodPolicy,
  THREE_DS_FILES,
} from '../three-ds-pages.ts'
import type { Routes } from '../types.ts'

const TokenParams = Type.Object({ token: Type.String() })
const FORM = 'application/x-www-form-urlencoded'
const FORM_BYTES = 32 * 1024

const PrepareBody = Type.Object({
  /** More digits than these are not taken. */
  bin: Type.String({ pattern: '^[0-9]{8}$' }),
  session_id: Type.Optional(Type.String()),
})
const ContinueBody = Type.Object({ share: Type.String({ maxLength: 128 }) })

/** On the frames origin. */
export function threeDsFrameRoutes(ctx: Context): Routes {
  const sandbox = ctx.config.mode === 'sandbox'
  return async (app) => {
    acceptForms(app)

    for (const { path, served } of Object.values(THREE_DS_FILES)) {
      app.get(path, { config: { access: UNLIMITED, embedded: true }, schema: { hide: true } }, (request, reply) =>
        serve(request, reply, served, 'immutable'),
      )
    }

    app.post(
      '/frame/3ds/prepare',
      {
        config: { access: requires('payment-sessions:pay', { publicKey: 'instead-of-secret' }) },
        schema: { body: PrepareBody },
      },
      (request) => {
        const { bin, session_id } = request.body
        const caller = authenticatedCaller(request)
        return prepareAuthentication(
          ctx,
          caller,
          bin,
          session_id === undefined ? undefined : opened(ctx, request, session_id),
        )
      },
    )

    app.get('/3ds/method', { config: { access: UNLIMITED, embedded: true } }, (_request, reply) =>
      document(reply, methodPolicy(sandbox), methodPage()),
    )

    app.post('/3ds/method', { config: { access: OPEN, embedded: true } }, (request, reply) => {
      const data = jsonOfBase64Url(memberOf(request, 'threeDSMethodData')) as
        | { threeDSServerTransID?: unknown }
        | undefined
      const transId = data?.threeDSServerTransID
      return document(reply, ENDED_POLICY, methodDonePage(typeof transId === 'string' ? transId : ''))
    })

    app.get(
      '/3ds/:token',
      { config: { access: OPEN, embedded: true }, schema: { params: TokenParams } },
      async (request, reply) => {
        const { token } = request.params
        const shown = await showChallenge(ctx, token)
        return document(reply, challengePolicy(sandbox), challengePage({ ...shown, carryOn: `/3ds/${token}/continue` }))
      },
    )

    app.post(
      '/3ds/:token/result',
      { config: { access: OPEN, embedded: true }, schema: { params: TokenParams } },
      async (request, reply) => {
        // Whatever stands in the CRes: what the challenge came to is heard from the directory server.
        await returnFromChallenge(ctx, request.params.token)
        return document(reply, ENDED_POLICY, endedPage())
      },
    )

    app.post(
      '/3ds/:token/continue',
      { config: { access: OPEN }, schema: { params: TokenParams, body: ContinueBody } },
      async (request, reply) => {
        const finished = await finishAuthentication(ctx, request.params.token, request.body.share)
        return reply.code('waiting' in finished ? 202 : 200).send(finished)
      },
    )
  }
}

/** On the API's origin: from the directory server. */
export function threeDsResultRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/3ds/results/:token',
      { config: { access: UNLIMITED }, schema: { hide: true, params: TokenParams } },
      (request) => receiveResult(ctx, request.params.token, request.body),
    )
  }
}

/** The session a page wants prepared for, when it has its secret. */
function opened(ctx: Context, request: FastifyRequest, id: string): string {
  const sessionId = uuidOf('session', id)
  const secret = request.headers[SESSION_SECRET_HEADER]
  const entityKey =
    sessionId === undefined || typeof secret !== 'string' ? undefined : ctx.vault.entityOfSecret(secret, sessionId)
  if (sessionId === undefined || entityKey !== authenticatedCaller(request).entityKey) {
    throw new Problem('resource_not_found')
  }
  return sessionId
}

/** Issuers' pages send forms, and nothing else here does. */
function acceptForms(app: Pick<FastifyInstance, 'addContentTypeParser'>) {
  app.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: FORM_BYTES }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body as string))),
  )
}

function memberOf({ body }: FastifyRequest, name: string): string {
  const value = (body as Record<string, unknown> | null)?.[name]
  return typeof value === 'string' ? value : ''
}

/**
 * Whoever framed the challenge's address, and whoever an issuer is framed by, is not known: there is no `frame-ancestors`,
 * the address is unguessable instead, and opens one attempt.
 */
function document(reply: FastifyReply, policy: string, html: string): FastifyReply {
  reply.removeHeader('x-frame-options')
  reply.removeHeader('cross-origin-opener-policy')
  return reply
    .header('content-security-policy', policy)
    .header('cross-origin-resource-policy', 'cross-origin')
    .type('text/html; charset=utf-8')
    .send(html)
}
