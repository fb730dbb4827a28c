/** Secrets that can be told from everything else, and a search that finds them however they are written. */
import { createHash } from 'node:crypto'

/** A find: whose secret, in which writing, and where. */
export interface Find {
  secret: string
  encoding: string
  where: string
}

/** What a secret looks like when it has leaked. Card numbers are also looked for in groups. */
export function encodingsOf(secret: string): Record<string, string | Buffer> {
  const bytes = Buffer.from(secret, 'utf8')
  const isNumber = /^\d+$/.test(secret)
  const base64At = (offset: number) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    // Only the characters that the secret alone decides.
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  }
  return {
    plain: secret,
    ...(isNumber && { spaced: secret.replace(/(....)(?=.)/g, '$1 '), dashed: secret.replace(/(....)(?=.)/g, '$1-') }),
    reversed: [...secret].reverse().join(''),
    'base64 at 0': base64At(0),
    'base64 at 1': base64At(1),
    'base64 at 2': base64At(2),
    'base64url at 0': base64At(0).replaceAll('+', '-').replaceAll('/', '_'),
    hex: bytes.toString('hex'),
    'upper-case hex': bytes.toString('hex').toUpperCase(),
    'URL, every byte': bytes.toString('hex').toUpperCase().replace(/../g, '%$&'),
    'UTF-16LE': Buffer.from(secret, 'utf16le'),
    'UTF-16BE': Buffer.from(secret, 'utf16le').swap16(),
    'list of bytes': [...bytes].join(','),
    'plain SHA-256': createHash('sha256').update(bytes).digest('hex'),
  }
}

export type Search = (where: string, content: Buffer | string) => Find[]

/** @param secrets by the name a find is reported under; those that are given with encodings of their own stay as they are */
export function searchFor(secrets: Readonly<Record<string, string>>): Search {
  const needles = Object.entries(secrets).flatMap(([secret, value]) =>
    Object.entries(encodingsOf(value)).map(([encoding, written]) => ({
      secret,
      encoding,
      bytes: Buffer.from(written),
    })),
  )
  return (where, content) => {
    const haystack = Buffer.from(content)
    return needles
      .filter(({ bytes }) => haystack.includes(bytes))
      .map(({ secret, encoding }) => ({ secret, encoding, where }))
  }
}

/** A card number of this prefix that nobody else uses and that passes the Luhn check. */
export function canaryNumber(prefix: string, random: number): string {
  const body =
    prefix +
    String(random)
      .padStart(15 - prefix.length, '7')
      .slice(0, 15 - prefix.length)
  let sum = 0
  for (const [at, digit] of [...body].reverse().entries()) {
    const doubled = Number(digit) * (at % 2 === 0 ? 2 : 1)
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return body + ((10 - (sum % 10)) % 10)
}
