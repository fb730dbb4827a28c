/** The small values request bodies are made of. Lengths count characters (code points), amounts are minor units. */
import { type TSchema, Type } from 'typebox'

interface TextOptions {
  description: string
  minLength?: number
  maxLength?: number
}

/** Twelve digits: what an amount column holds. */
const LARGEST_AMOUNT = 999_999_999_999
const LARGEST_COUNT = 2_147_483_647

/** What people write freely. */
export const text = (options: TextOptions) => Type.String({ ...options, format: 'text' })

/** What machines write: codes that are never read as prose and may be long runs of digits. */
export const opaque = (options: TextOptions) => Type.String({ ...options, format: 'opaque-text' })

/** Text of one form. */
export const patterned = (pattern: string, options: TextOptions) => Type.String({ ...options, pattern })

/** One of a list of words. */
export const oneOf = <const Words extends readonly string[]>(words: Words, description: string) =>
  Type.Enum(words as unknown as Words[number][], { type: 'string', description })

export const flag = (description: string) => Type.Boolean({ description })

/** A whole number of minor units, not negative. */
export const money = (description: string) =>
  Type.Integer({ minimum: 0, maximum: LARGEST_AMOUNT, description: `${description} Minor units.` })

/** A whole number of minor units that may be negative, as the total of a discount line is. */
export const signedMoney = (description: string) =>
  Type.Integer({ minimum: -LARGEST_AMOUNT, maximum: LARGEST_AMOUNT, description: `${description} Minor units.` })

/** How many of something there are, or days, or attempts. */
export const count = (description: string, limits: { minimum?: number; maximum?: number } = {}) =>
  Type.Integer({ minimum: limits.minimum ?? 0, maximum: limits.maximum ?? LARGEST_COUNT, description })

export const decimal = (description: string, limits: { minimum?: number; maximum?: number } = {}) =>
  Type.Number({ ...limits, description })

export const country = (description: string) =>
  Type.String({ format: 'country-code', minLength: 2, maxLength: 2, description: `${description} ISO 3166-1 alpha-2.` })

export const webUrl = (description: string) =>
  Type.String({ format: 'web-url', maxLength: 1024, description: `${description} Absolute http or https URL.` })

export const email = (description: string) => Type.String({ format: 'email-address', maxLength: 255, description })

export const date = (description: string) =>
  Type.String({ format: 'calendar-date', description: `${description} yyyy-MM-dd.` })

/** A day that some clients send with a time. */
export const dayOrTime = (description: string) =>
  Type.String({ format: 'date-or-timestamp', maxLength: 64, description: `${description} yyyy-MM-dd or ISO 8601.` })

export const compactDate = (description: string) =>
  Type.String({ format: 'compact-date', description: `${description} YYYYMMDD.` })

export const timestamp = (description: string) =>
  Type.String({ format: 'timestamp', maxLength: 64, description: `${description} ISO 8601.` })

/** A reference to something of ours or of the merchant's, by the prefix its id has. */
export const id = (prefix: string, description: string) =>
  Type.String({ pattern: `^${prefix}_[A-Za-z0-9_]{26}$`, description })

export const list = <Item extends TSchema>(
  item: Item,
  description: string,
  limits: { minItems?: number; maxItems?: number } = {},
) => Type.Array(item, { ...limits, description })
