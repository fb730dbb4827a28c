/** What is wrong with the details of a card that somebody typed, as `error_codes`. */
import { localSchemeOf } from './bins.ts'
import { holdsCardNumber, isCardNumber, isExpired, schemeOf } from './cards.ts'

interface CardDetails {
  number: string
  expiry_month: number
  /** Four digits. */
  expiry_year: number
  cvv?: string
  name?: string
  /** The brand chosen on a co-badged card. */
  preferred_scheme?: string
}

/** @param at the merchant's time, milliseconds since 1970; without it the expiry is left to the issuer to judge */
export function cardProblems(card: CardDetails, at: number | undefined): string[] {
  const { number, expiry_month: month, expiry_year: year, cvv, name } = card
  const monthFits = Number.isInteger(month) && month >= 1 && month <= 12
  const yearFits = Number.isInteger(year) && year >= 2000 && year <= 2099
  const problems: string[] = []
  if (!isCardNumber(number)) problems.push('card_number_invalid')
  if (!monthFits) problems.push('card_expiry_month_invalid')
  if (!yearFits) problems.push('card_expiry_year_invalid')
  if (monthFits && yearFits && at !== undefined && isExpired(month, year, at)) problems.push('card_expired')
  if (cvv !== undefined && !isCvv(cvv, schemeOf(number)?.cvvLength)) problems.push('cvv_invalid')
  if (name !== undefined && !isHolderName(name)) problems.push('card_holder_invalid')
  if (!preferredSchemeApplies(card)) problems.push('preferred_scheme_not_applicable')
  return problems
}

/** Three digits, four for the schemes that print four. `length`: what the scheme prints, when it is known. */
export function isCvv(cvv: string, length?: number): boolean {
  return /^\d{3,4}$/.test(cvv) && (length === undefined || cvv.length === length)
}

/** A name is shown and stored: a card number typed into the wrong field must not get there. */
export function isHolderName(name: string): boolean {
  return name.trim() !== '' && !holdsCardNumber(name)
}

function preferredSchemeApplies({ number, preferred_scheme: preferred }: CardDetails): boolean {
  if (preferred === undefined) return true
  return [schemeOf(number)?.name, localSchemeOf(number)].includes(preferred.toUpperCase())
}
