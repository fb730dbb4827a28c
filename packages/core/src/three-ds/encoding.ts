/** How 3-D Secure messages pass through a browser: base64url (RFC 4648 §5, without padding) of their JSON, in a form. */
import { base64OfText, textOfBase64 } from '../base64.ts'

/** The value of `creq`, `cres` or `threeDSMethodData`. */
export function base64UrlOfJson(value: unknown): string {
  return base64OfText(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** What is behind such a value; padding and plain base64 are taken too. `undefined`: it is no JSON of well-formed UTF-8. */
export function jsonOfBase64Url(encoded: string): unknown {
  const bare = encoded.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  const text = textOfBase64(bare + '='.repeat((4 - (bare.length % 4)) % 4))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
