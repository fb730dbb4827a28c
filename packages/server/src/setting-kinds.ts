/** What a setting may be: how its text becomes a value, and how that is said to who wrote something else. */
import { isIP } from 'node:net'

/** How the text of a setting becomes a value. `expects` ends the sentence "NAME must be …". */
export interface Kind {
  expects: string
  /** What its value is called in the help of a command: `--port <number>`. */
  value: string
  /** `undefined` = the text is not of this kind. */
  parse: (text: string) => string | number | boolean | readonly string[] | undefined
  /** What the flag means when it stands without a value. */
  alone?: string
}

/** @param value what the text is: `file`, `folder` … */
export function text(value: string): Kind {
  return { expects: 'a text', value, parse: (given) => given }
}

export const yesOrNo: Kind = {
  expects: 'true or false',
  value: 'true|false',
  parse: (value) => ({ true: true, '1': true, false: false, '0': false })[value.toLowerCase()],
  alone: 'true',
}
/** `/0`, all addresses, is refused: whoever believes everybody believes each forger. */
export const networks: Kind = {
  expects: 'IPv4 or IPv6 addresses or networks (10.0.0.0/8, fd00::/8) separated by commas',
  value: 'addresses',
  parse: (value) => {
    const given = list(value)
    return given.every(isNetwork) ? given : undefined
  },
}
export const hostNames: Kind = {
  expects: 'host names separated by commas, without scheme or port',
  value: 'names',
  parse: (value) => {
    const names = list(value)
    return names.every((name) => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/.test(name)) ? names : undefined
  },
}
export const files: Kind = {
  expects: 'files separated by commas',
  value: 'files',
  parse: (value) => {
    const names = value.split(',').map((name) => name.trim())
    return names.every((name) => name !== '') ? names : undefined
  },
}
export const appleMerchant: Kind = {
  expects: 'a merchant identifier such as merchant.com.example',
  value: 'identifier',
  parse: (value) => (/^merchant\.[A-Za-z0-9.-]{1,240}$/.test(value) ? value : undefined),
}
export const googleMerchant: Kind = {
  expects: "the merchant id of Google's console, letters and digits",
  value: 'id',
  parse: (value) => (/^[A-Za-z0-9]{4,40}$/.test(value) ? value : undefined),
}
export const origin: Kind = {
  expects: 'an origin such as https://pay.example.com, without path',
  value: 'origin',
  parse: (value) => {
    const url = URL.parse(value)
    const isOrigin =
      url && (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === trimSlash(url.href)
    return isOrigin ? url.origin : undefined
  },
}
export const webAddress: Kind = {
  expects: 'a web address such as https://ds.example.com/3ds',
  value: 'address',
  parse: (value) => {
    const url = URL.parse(value)
    const isPlain = url && url.username === '' && url.password === '' && url.hash === ''
    return isPlain && (url.protocol === 'http:' || url.protocol === 'https:') ? url.href : undefined
  },
}
export const databaseAddress: Kind = {
  expects: 'a PostgreSQL address such as postgres://user:password@host:5432/sluice',
  value: 'address',
  parse: (value) => {
    const url = URL.parse(value)
    const names = url && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1
    return names ? value : undefined
  },
}
export const key32: Kind = {
  expects: '32 random bytes in base64 (make them with: openssl rand -base64 32)',
  value: 'base64',
  parse: (value) => (/^[A-Za-z0-9+/]{43}=$/.test(value) ? value : undefined),
}

export function wholeNumber(least: number, most: number): Kind {
  return {
    expects: `a whole number from ${least} to ${most}`,
    value: 'number',
    parse: (value) => {
      const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN
      return number >= least && number <= most ? number : undefined
    },
  }
}

export function oneOf(...words: readonly string[]): Kind {
  return {
    expects: `one of ${words.join(', ')}`,
    value: words.join('|'),
    parse: (value) => (words.includes(value) ? value : undefined),
  }
}

function list(value: string): string[] {
  return value
    .split(',')
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '')
}

/** IPv4 in IPv6 clothes (`::ffff:…`) is written as IPv4. */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([0-9a-f.:]+)(?:\/([1-9]\d{0,2}))?$/.exec(text) ?? []
  const version = isIP(address)
  const clothed = version === 6 && new URL(`http://[${address}]`).hostname.startsWith('[::ffff:')
  return version !== 0 && !clothed && Number(bits ?? 1) <= (version === 4 ? 32 : 128)
}

function trimSlash(href: string): string {
  return href.endsWith('/') ? href.slice(0, -1) : href
}
