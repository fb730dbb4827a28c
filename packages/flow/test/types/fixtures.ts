/** Programs that compile only when our types and those of an official version fit each other. */
import { isDeepStrictEqual } from 'node:util'
import { GONE } from './exceptions.ts'
import { NEWEST, onTodaysEnums, PACKAGES, readChangedDeclarations, readDeclarations, type Version } from './official.ts'

/** What a shop gets from us and never makes: ours has to fit where the official one was expected. */
const RECEIVED = ['CheckoutWebComponents', 'Component', 'LoadCheckoutWebComponents', 'WindowCheckoutWebComponents']

/** What only a shop makes, and of which ours accepts more. */
const ACCEPTED = /Options$|^HandlePaymentAdditionalContent/

/** Unions that later official versions have more members of. */
const GROWN = ['CheckoutError', 'OnTokenizedResult', 'TokenizeResult']

/** The declarations to compare with: as they are, or on today's enumerations. */
export function officialDeclarations(version: Version): string {
  return version === NEWEST ? readDeclarations(version).text : onTodaysEnums(version, '../ours/types/enums.js')
}

/**
 * Assignments for the module as a whole, each enumeration and each exported type. Lies in a folder of its own, with
 * `official.d.ts` next to it, beside `ours`.
 */
export function comparison(version: Version, ours = 'ours'): string {
  const published = readDeclarations(version)
  const { types, enums } = readChangedDeclarations(version)
  const newest = version === NEWEST
  const gone = (GONE[version] ?? []).flatMap(({ names }) => names)
  const lines: string[] = []
  const assign = (label: string, target: string, source: string): void => {
    lines.push(`export const ${label}: ${target} = some<${source}>()`)
  }

  const leftOut = ['CDN_URL', ...gone].map((name) => `'${name}'`).join(' | ')
  assign('theModule', `Omit<typeof official, ${leftOut}>`, 'typeof ours')
  for (const [name, members] of Object.entries(enums).filter(([name]) => !gone.includes(name))) {
    if (isDeepStrictEqual(members, published.enums[name])) {
      assign(`enum_${name}`, `ours.${name}`, `before.${name}`)
    }
    if (newest) {
      assign(`enumBack_${name}`, `before.${name}`, `ours.${name}`)
    }
  }
  for (const name of types.filter((name) => !gone.includes(name))) {
    const grown = !newest && GROWN.includes(name)
    if (name === 'Translations') {
      assign(`accepts_${name}`, `Partial<ours.${name}>`, `Partial<official.${name}>`)
    } else if (!RECEIVED.includes(name)) {
      assign(`accepts_${name}`, `ours.${name}`, `official.${name}`)
    }
    if (!ACCEPTED.test(name) && !grown && (newest || name !== 'Translations')) {
      assign(`gives_${name}`, `official.${name}`, `ours.${name}`)
    }
    if (newest && ACCEPTED.test(name)) {
      assign(`same_${name}`, `official.${name}`, `Narrow<ours.${name}>`)
      assign(`given_${name}`, `Strict<ours.${name}>`, `official.${name}`)
    }
    if (name === 'Component' || (newest && name === 'CheckoutWebComponents')) {
      assign(`takes_${name}`, `Strict<official.${name}>`, `StrictToo<ours.${name}>`)
    }
    if (!grown) {
      lines.push(`export const keys_${name}: Lost<official.${name}, ours.${name}> = true`)
    }
  }
  return `import type * as before from '${PACKAGES[version]}'\n${HELPERS.replaceAll('OURS', ours)}${lines.join('\n')}\n`
}

/**
 * `Lost`: members that ours does not have, of the type itself and of those it consists of; `true` for none. Assigning
 * does not notice them, when they are optional.
 *
 * `Narrow` takes back what ours accepts more of: handlers that answer at once, strings for members of an enumeration.
 * What is left of our options has to be the official ones.
 *
 * `Strict`: methods as function members. TypeScript lets a method take less than what it is compared with, and a
 * function member not. There are two of it, because it compares two uses of one alias by what they were given.
 */
const HELPERS = `
import type * as official from './official.js'
import type * as ours from '../OURS/index.ts'
export declare function some<T>(): T
export type Lost<O, U> = [LostOnce<O, U> | LostInside<O, U>] extends [never] ? true : LostOnce<O, U> | LostInside<O, U>
type LostOnce<O, U> = Exclude<keyof O, keyof U>
type LostInside<O, U> = { [K in keyof O & keyof U]-?: LostOnce<NonNullable<O[K]>, NonNullable<U[K]>> }[keyof O & keyof U]
export type Narrow<T> = T extends (...given: infer G) => infer R
  ? (...given: G) => Promise<Awaited<R>>
  : {
      [K in keyof T]: K extends Handlers
        ? Narrow<NonNullable<T[K]>>
        : K extends 'acceptedCardSchemes' | 'acceptedCardTypes'
          ? Listed<NonNullable<T[K]>>
          : K extends 'displayMode' | 'displayPaymentAdditionalContent'
            ? Exclude<NonNullable<T[K]>, \`\${T[K] & string}\`>
            : K extends ours.ComponentNameUnion | 'componentOptions'
              ? Narrow<NonNullable<T[K]>>
              : T[K]
    }
export type Strict<T> = {
  [K in keyof T]: NonNullable<T[K]> extends (...given: infer G) => infer R ? (...given: G) => R : T[K]
}
export type StrictToo<T> = {
  [K in keyof T]: NonNullable<T[K]> extends (...given: infer G) => infer R ? (...given: G) => R : T[K]
}
type Listed<T> = T extends (infer I)[] ? Extract<I, ours.CardScheme | ours.CardType>[] : never
type Handlers =
  | 'handleClick'
  | 'handlePaymentAdditionalContentMount'
  | 'handlePaymentAdditionalContentUnmount'
  | 'handleSubmit'
  | 'onAuthorized'
  | 'onCardBinChanged'
  | 'onTokenized'
`
