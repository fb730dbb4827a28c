/** What a credential may do. Names are the reference's OAuth scopes; secret and public keys carry the same ones. */

/** Scopes that the reference knows. A client that asks for any other is refused. */
export const SCOPES = [
  'accounts',
  'balances',
  'balances:top-up-instructions',
  'balances:view',
  'card-management',
  'compliance-requests',
  'compliance-requests:read',
  'compliance-requests:respond',
  'disputes',
  'disputes:accept',
  'disputes:provide-evidence',
  'disputes:scheme-files',
  'disputes:view',
  'files',
  'files:download',
  'files:retrieve',
  'files:upload',
  'financial-actions',
  'financial-actions:view',
  'flow',
  'flow:events',
  'flow:reflow',
  'flow:workflows',
  'forward',
  'forward:secrets',
  'fx',
  'gateway',
  'gateway:payment',
  'gateway:payment-authorizations',
  'gateway:payment-cancellations',
  'gateway:payment-captures',
  'gateway:payment-contexts',
  'gateway:payment-details',
  'gateway:payment-refunds',
  'gateway:payment-voids',
  'identity-verification',
  'issuing:card-management-read',
  'issuing:card-management-write',
  'issuing:controls-read',
  'issuing:controls-write',
  'issuing-disputes',
  'issuing:disputes-read',
  'issuing:disputes-write',
  'issuing:transactions-read',
  'issuing:transactions-write',
  'middleware',
  'middleware:merchants-public',
  'middleware:merchants-secret',
  'Payment Context',
  'payment-sessions',
  'payment-sessions:pay',
  'payments:search',
  'payouts:bank-details',
  'reports',
  'reports:view',
  'sessions:app',
  'sessions:browser',
  'transactions',
  'transfers',
  'transfers:create',
  'transfers:view',
  'vault',
  'vault:apme-enrollment',
  'vault:card-metadata',
  'vault:customers',
  'vault:gpayme-enrollment',
  'vault:instruments',
  'vault:network-tokens',
  'vault:real-time-account-updater',
  'vault:tokenization',
  'vault:tokens-metadata',
] as const
export type Scope = (typeof SCOPES)[number]

/** Granted to a merchant's own secret key and OAuth client: every scope, also those of later versions. */
export const EVERY_SCOPE = '*'

/** What a key that stands in a web page may do: tokenize, and pay a session whose secret it shows. */
export const PUBLIC_KEY_SCOPES: readonly Scope[] = ['payment-sessions:pay', 'vault:tokenization']

/** Whether one of the granted scopes is the wanted one or its parent: `gateway` covers `gateway:payment-captures`. */
export function scopeCovers(granted: readonly string[], wanted: Scope): boolean {
  return granted.some((scope) => scope === EVERY_SCOPE || scope === wanted || wanted.startsWith(`${scope}:`))
}

/**
 * The scopes of a token request's `scope` parameter, separated by spaces, or `undefined` when one is unknown.
 * `Payment Context` is the one name with a space in it.
 */
export function parseScopes(text: string): Scope[] | undefined {
  const known: readonly string[] = SCOPES
  const words = text.match(/Payment Context|[^ ]+/g) ?? []
  const scopes = [...new Set(words)]
  return scopes.every((scope) => known.includes(scope)) ? (scopes as Scope[]) : undefined
}
