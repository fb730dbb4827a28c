/** What a route asks of its caller. Every route says it; one that says nothing does not start. */
import type { Scope } from '@sluice/core/scopes'

type PublicKeyUse = 'with-session-secret' | 'instead-of-secret'

export interface Access {
  /** Any one of these is enough; empty: no credential is asked for. */
  readonly scopes: readonly Scope[]
  /**
   * Whether a public key may call. `with-session-secret`: only together with the secret of the session in the path, in
   * the header `Sluice-Session-Secret`. `instead-of-secret`: by itself, if it has the scope, and a secret key may not:
   * what is done in a page is done with the key that may stand there. Absent: a public key is answered 401, as if it were
   * no key at all.
   */
  readonly publicKey: PublicKeyUse | undefined
  /** A caller without any credential is let in, uncounted; one with a wrong credential is not. */
  readonly optional: boolean
  /** Not counted against the limit of the caller's address: what a monitor asks every second. */
  readonly unlimited: boolean
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
}

/**
 * For the `config` of a route: `config: { access: requires('payment-sessions') }`.
 * @param scope the scope, or several of which one is enough; a parent covers its children
 */
export function requires(
  scope: Scope | { any: readonly Scope[] },
  options: { publicKey?: PublicKeyUse; optional?: boolean } = {},
): Access {
  const scopes = typeof scope === 'string' ? [scope] : scope.any
  return { scopes, publicKey: options.publicKey, optional: options.optional ?? false, unlimited: false }
}

/** Anybody may call, as often as one address may. */
export const OPEN: Access = { scopes: [], publicKey: undefined, optional: true, unlimited: false }

/** Anybody may call, without a limit. */
export const UNLIMITED: Access = { scopes: [], publicKey: undefined, optional: true, unlimited: true }
