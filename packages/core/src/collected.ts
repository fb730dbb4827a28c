/**
 * What a method asks its shopper for, beside a card: gathered from what was typed and what the session says already, and
 * checked. Pure, so that Flow checks with the same rules as the server.
 */
import { holdsCardNumber } from './cards.ts'
import { isIban, ibanCountry, normalizedIban } from './iban.ts'
import type { CollectedInput, PaymentMethod } from './payment-methods.ts'
import { isPhoneNumber, normalizedPhone, type Phone } from './phone.ts'
import { isEmail, isText } from './wire/formats.ts'

/** What was typed, as it travels in `session_data`. */
export interface TypedDetails {
  holder?: string | undefined
  /**
   * `phone_country_code` (digits, no plus), `phone_number`, `email`, `iban`, `company_name`, `address_line1`, `address_line2`,
   * `city`, `zip`, `country`, `mandate_consent` (`"true"`), `national_id`, `blik_code`, `account_number`, `bank_code`.
   */
  details?: Readonly<Record<string, string>> | undefined
}

interface Address {
  address_line1?: string
  address_line2?: string
  city?: string
  state?: string
  zip?: string
  country?: string
}

/** The members of a session's request that fill in what was not typed; as on the wire. */
export interface Prefilled {
  customer?: { name?: string; email?: string; phone?: { country_code?: string; number?: string } } | undefined
  billing?: { address?: Address; phone?: { country_code?: string; number?: string } } | undefined
}

/** Spaces are gone from numbers; `iban` is in capitals. What nobody said is absent. */
export interface Collected {
  holder?: string
  companyName?: string
  email?: string
  phone?: Phone
  /** The session named the phone, nobody typed it: where the method can do without, one it does not reach is no mistake. */
  phoneOfSession?: true
  iban?: string
  bankAccount?: { number: string; bankCode: string }
  address?: Address
  mandateConsent: boolean
  nationalId?: string
  blikCode?: string
}

export const HOLDER_NAME_LENGTH = { min: 3, max: 100 } as const
/** Typed later, into the page that asks for it. */
export const CODE_DIGITS = { min: 4, max: 8 } as const

/** What is typed goes before what the session says. An empty field counts as not typed. */
export function collectedOf({ holder, details = {} }: TypedDetails, session: Prefilled): Collected {
  const typed = (name: string) => details[name]?.trim() || undefined
  const { customer, billing } = session
  const phone = typed('phone_number')
    ? { country_code: typed('phone_country_code') ?? '', number: typed('phone_number') ?? '' }
    : (billing?.phone ?? customer?.phone)
  const account = { number: digits(typed('account_number')), bankCode: digits(typed('bank_code')) }
  const iban = typed('iban')
  const address = definedOf({
    address_line1: typed('address_line1'),
    address_line2: typed('address_line2'),
    city: typed('city'),
    zip: typed('zip'),
    country: typed('country')?.toUpperCase(),
  })
  return {
    ...definedOf({
      holder: holder?.trim() || customer?.name?.trim() || undefined,
      companyName: typed('company_name'),
      email: typed('email') ?? customer?.email,
      nationalId: typed('national_id'),
      blikCode: typed('blik_code')?.replaceAll(/\s/g, ''),
    }),
    ...(iban === undefined ? {} : { iban: normalizedIban(iban) }),
    ...(phone?.number ? { phone: normalizedPhone(phone) } : {}),
    ...(phone?.number && !typed('phone_number') ? { phoneOfSession: true as const } : {}),
    ...(account.number || account.bankCode ? { bankAccount: account } : {}),
    // An address is taken whole: half of one and half of another is nobody's.
    ...(address.address_line1 === undefined
      ? billing?.address && { address: billing.address }
      : { address: { ...(billing?.address?.country && { country: billing.address.country }), ...address } }),
    mandateConsent: typed('mandate_consent') === 'true',
  }
}

type Rule = Pick<PaymentMethod, 'collects' | 'optional' | 'phoneCodes' | 'countries'>

/** What is missing or wrong, as `error_codes`; empty when the method has all it asks for. */
export function collectedProblems(method: Rule, collected: Collected): string[] {
  return method.collects.flatMap((input) => {
    const problems = CHECKS[input]?.(collected, method) ?? []
    if (!method.optional.includes(input)) return problems
    return input === 'phone' && collected.phoneOfSession ? [] : problems.filter((code) => !code.endsWith('_required'))
  })
}

/** Whether it is `min` to `max` digits: what `POST …/confirm` takes. */
export function isOneTimeCode(code: string, digitsWanted?: number): boolean {
  const { min, max } = digitsWanted === undefined ? CODE_DIGITS : { min: digitsWanted, max: digitsWanted }
  return /^\d+$/.test(code) && code.length >= min && code.length <= max
}

/** A name of 3 to 100 characters that is no card number typed into the wrong field. */
export function isAccountHolder(name: string): boolean {
  const length = [...name.trim()].length
  return length >= HOLDER_NAME_LENGTH.min && length <= HOLDER_NAME_LENGTH.max && isText(name) && !holdsCardNumber(name)
}

type Check = (collected: Collected, method: Rule) => string[]

/** Cards, wallets and widgets are checked where they are opened; a one-time code comes later; an address sent to is the session's. */
const CHECKS: Partial<Record<CollectedInput, Check>> = {
  holder_name({ holder, companyName }) {
    const name = companyName ?? holder
    if (name === undefined) return ['account_holder_required']
    return isAccountHolder(name) ? [] : ['account_holder_invalid']
  },
  email({ email }) {
    if (email === undefined) return ['email_required']
    return isEmail(email) && email.length <= 254 ? [] : ['email_invalid']
  },
  phone({ phone }, { phoneCodes }) {
    if (phone === undefined) return ['phone_number_required']
    if (phone.country_code === '') return ['phone_country_code_required']
    if (phoneCodes !== 'all' && !phoneCodes.includes(phone.country_code)) return ['phone_country_code_invalid']
    return isPhoneNumber(phone) ? [] : ['phone_number_invalid']
  },
  iban({ iban }, { countries }) {
    if (iban === undefined) return ['iban_required']
    const served = countries === 'all' || countries.includes(ibanCountry(iban))
    return isIban(iban) && served ? [] : ['iban_invalid']
  },
  bank_account({ bankAccount }) {
    if (!bankAccount?.number) return ['account_number_required']
    if (!/^\d{4,17}$/.test(bankAccount.number)) return ['account_number_invalid']
    if (!bankAccount.bankCode) return ['bank_code_required']
    return /^\d{6,9}$/.test(bankAccount.bankCode) ? [] : ['bank_code_invalid']
  },
  billing_address({ address }) {
    return (['address_line1', 'city', 'zip', 'country'] as const)
      .filter((name) => !address?.[name])
      .map((name) => ADDRESS_CODES[name])
  },
  mandate_consent: ({ mandateConsent }) => (mandateConsent ? [] : ['mandate_consent_required']),
  national_id({ nationalId }) {
    if (nationalId === undefined) return ['national_id_required']
    return /^[23]\d{10}$/.test(nationalId) ? [] : ['national_id_invalid']
  },
  blik_code({ blikCode }) {
    if (blikCode === undefined) return ['blik_code_required']
    return /^\d{6}$/.test(blikCode) ? [] : ['blik_code_invalid']
  },
}

const ADDRESS_CODES = {
  address_line1: 'billing_address_address_line1_required',
  city: 'billing_address_city_required',
  zip: 'billing_address_zip_required',
  country: 'billing_address_country_required',
} as const

function digits(text: string | undefined): string {
  return text?.replaceAll(/[\s-]/g, '') ?? ''
}

function definedOf<Members extends Record<string, string | undefined>>(members: Members) {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { [Name in keyof Members]?: string }
}
