/** Telephone numbers as payment methods ask for them: a dialling code and a national number. */

/** Digits only, neither plus nor blanks. */
export interface Phone {
  country_code: string
  number: string
}

/** Digits a national number may have, by dialling code: those of the countries whose methods ask for a telephone. */
const NATIONAL_DIGITS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  '1': [10, 10],
  '34': [9, 9],
  '41': [9, 9],
  '45': [8, 8],
  '46': [7, 10],
  '47': [8, 8],
  '48': [9, 9],
  '351': [9, 9],
  '358': [5, 12],
  '965': [8, 8],
  '966': [9, 9],
  '971': [8, 9],
}
/** ITU-T E.164: fifteen digits with the dialling code. */
const ANY_DIGITS = [4, 14] as const

/** Without the signs people write into it: blanks, hyphens, brackets, a plus before the dialling code, a zero before the number. */
export function normalizedPhone({ country_code = '', number = '' }: { country_code?: string; number?: string }): Phone {
  const code = country_code.replaceAll(/\D/g, '').replace(/^0+/, '')
  const national = number.replaceAll(/[\s().-]/g, '').replace(/^0+(?=\d)/, '')
  return { country_code: code, number: national }
}

/** @param phone normalized */
export function isPhoneNumber({ country_code: code, number }: Phone): boolean {
  const [min, max] = (Object.hasOwn(NATIONAL_DIGITS, code) ? NATIONAL_DIGITS[code] : undefined) ?? ANY_DIGITS
  return /^\d{1,4}$/.test(code) && /^\d+$/.test(number) && number.length >= min && number.length <= max
}
