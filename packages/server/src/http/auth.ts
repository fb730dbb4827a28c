/** Reads `Authorization`, and lets in or refuses: 401 for who it is, 403 for what it may do. */
import { uuidOf } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import { scopeCovers } from '@sluice/core/scopes'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import type { Authenticator, Caller } from '../operations/authenticate.ts'
import type { Access } from './access.ts'
import type { Limits } from './limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on routes that anybody may call. */
    caller: Caller | null
  }
}

/** Answered 401 with an empty body; the reason stands in `WWW-Authenticate` (RFC 6750 §3). */
export class Unauthorized extends Error {
  override name = 'Unauthorized'
}

export const SESSION_SECRET_HEADER = 'sluice-session-secret'

/** Puts the caller into every request, before its body is read. */
export function authenticateCallers(app: FastifyInstance, ctx: Context, authenticator: Authenticator, limits: Limits) {
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access
    if (!access || access.scopes.length === 0) {
      if (!access?.unlimited) await limits.countAddress(request.ip)
      return
    }
    if (access.optional && request.headers.authorization === undefined) return
    await admit(ctx, request, access, authenticator, limits)
  })
}

/** On an origin that talks to browsers, a key that a browser must never have is no key. */
export function admitPublicKeysOnly(app: FastifyInstance) {
  app.addHook('onRequest', (request, _reply, done) => {
    const stranger = request.caller !== null && request.caller.kind !== 'public'
    done(stranger ? new Unauthorized('a public key is needed') : undefined)
  })
}

/** The caller of a route that asks for one. */
export function authenticatedCaller(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error(`${request.routeOptions.url} has no caller: its access is open`)
  return request.caller
}

/** The caller stands in the request as soon as it is known: the log names it also when it is refused. */
async function admit(
  ctx: Context,
  request: FastifyRequest,
  access: Access,
  authenticator: Authenticator,
  limits: Limits,
): Promise<void> {
  const credential = credentialOf(request.headers.authorization)
  if (!credential) {
    await limits.countGuess(request.ip)
    throw new Unauthorized('the Authorization header is missing')
  }
  // Guessing costs the guesser's address; a caller who is known costs no look at it.
  if (!authenticator.isRemembered(credential)) await limits.refuseGuesser(request.ip)
  const caller = await authenticator.authenticate(credential)
  if (!caller) {
    await limits.countGuess(request.ip)
    throw new Unauthorized('the key or token is unknown, revoked or expired')
  }
  request.caller = caller
  if (caller.kind === 'public') {
    await limits.countAddress(request.ip)
    if (access.publicKey !== 'instead-of-secret') refusePublicKeyAlone(ctx, request, access, caller)
  } else {
    if (caller.kind === 'secret' && access.publicKey === 'instead-of-secret') {
      throw new Unauthorized('a public key is needed')
    }
    await limits.countKey(caller.credentialId)
  }
  const paysSession = caller.kind === 'public' && access.publicKey === 'with-session-secret'
  const granted = paysSession ? scopeCovers(caller.scopes, 'payment-sessions:pay') : mayCall(access, caller)
  if (!granted) throw new Problem('action_not_allowed')
}

function mayCall(access: Access, caller: Caller): boolean {
  return access.scopes.some((scope) => scopeCovers(caller.scopes, scope))
}

/** A published key opens nothing by itself: the page shows that it was given the secret of this one session. */
function refusePublicKeyAlone(ctx: Context, request: FastifyRequest, access: Access, caller: Caller) {
  if (access.publicKey !== 'with-session-secret') throw new Unauthorized('a secret key is needed')
  const sessionId = uuidOf('session', (request.params as { id?: string }).id ?? '')
  const secret = request.headers[SESSION_SECRET_HEADER]
  const entityKey = sessionId && typeof secret === 'string' ? ctx.vault.entityOfSecret(secret, sessionId) : undefined
  if (entityKey === undefined)
    throw new Unauthorized('the session secret (header Sluice-Session-Secret) is missing or wrong')
  if (entityKey !== caller.entityKey) throw new Problem('resource_not_found')
}

/**
 * What stands in `Authorization`: with or without `Bearer`, in any case. One official client sends the word `null`
 * when it was given no key.
 */
export function credentialOf(header: string | undefined): string | undefined {
  const credential = header?.replace(/^bearer +/i, '').trim()
  return credential && credential !== 'null' && !/\s/.test(credential) ? credential : undefined
}
