/** International bank account numbers (ISO 13616): form, length by country, check digits. */

/** Characters of an IBAN by country, of those that pay in euros by direct debit and their neighbours. */
const LENGTHS: Readonly<Record<string, number>> = {
  AD: 24,
  AT: 20,
  BE: 16,
  BG: 22,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  VA: 22,
}

/** Without the blanks people write into it, in capitals. */
export function normalizedIban(text: string): string {
  return text.replaceAll(/[\s-]/g, '').toUpperCase()
}

/** ISO 3166-1 alpha-2 code of the bank's country. @param iban normalized */
export function ibanCountry(iban: string): string {
  return iban.slice(0, 2)
}

/** Whether country, length and check digits fit. @param iban normalized */
export function isIban(iban: string): boolean {
  const length = Object.hasOwn(LENGTHS, ibanCountry(iban)) ? LENGTHS[ibanCountry(iban)] : undefined
  return length === iban.length && /^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(iban) && isIban97(iban)
}

/** The account with the check digits it must have: what a generator of test data needs. @param account without them: `DE` and the account's own characters */
export function ibanOf(country: string, account: string): string {
  const check = 98 - remainder(`${country}00${account}`)
  return `${country}${String(check).padStart(2, '0')}${account}`
}

/** The number of characters of an IBAN of the country, or `undefined` for one without. */
export function ibanLength(country: string): number | undefined {
  return Object.hasOwn(LENGTHS, country) ? LENGTHS[country] : undefined
}

/** Whether the check digits fit: the third and fourth character. Capitals and digits only. */
export function isIban97(text: string): boolean {
  return remainder(text) === 1
}

/** ISO 7064 mod 97-10: the first four characters go to the end, letters count 10 to 35. */
function remainder(iban: string): number {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}
