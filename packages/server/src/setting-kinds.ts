/** What a setting may be: how its text becomes a value, and how that is said to who wrote something else. */

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
export const hostNames: Kind = {
  expects: 'host names separated by commas, without scheme or port',
  value: 'names',
  parse: (value) => {
    const names = value
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== '')
    return names.every((name) => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/.test(name)) ? names : undefined
  },
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

function trimSlash(href: string): string {
  return href.endsWith('/') ? href.slice(0, -1) : href
}
