/** The languages our own texts exist in, and how any other wish is met. */

export const LOCALES = [
  'ar',
  'da-DK',
  'de-DE',
  'el',
  'en-GB',
  'es-ES',
  'fi-FI',
  'fil-PH',
  'fr-FR',
  'hi-IN',
  'id-ID',
  'it-IT',
  'ja-JP',
  'ko-KR',
  'ms-MY',
  'nb-NO',
  'nl-NL',
  'pt-PT',
  'sv-SE',
  'th-TH',
  'vi-VN',
  'zh-CN',
  'zh-HK',
  'zh-TW',
] as const
export type Locale = (typeof LOCALES)[number]

export const DEFAULT_LOCALE: Locale = 'en-GB'

/** Languages that are served under another name: Norwegian and Nynorsk by Bokmål, Tagalog by Filipino. */
const SERVED_BY: Record<string, Locale> = { no: 'nb-NO', nn: 'nb-NO', tl: 'fil-PH' }

/** Chinese is written in two scripts: whoever asks for the traditional one must not get the simplified. */
const TRADITIONAL_CHINESE = /^zh-(?:hant|mo\b|hk\b|tw\b)/

/**
 * The locale to show for a wanted BCP 47 tag: itself when we have it, else one of its language, else `en-GB`.
 * Case does not matter: `fr-ca` gives `fr-FR`, `pl-PL` gives `en-GB`. Never throws, whatever the text.
 */
export function closestLocale(wanted: string | undefined): Locale {
  if (wanted === undefined) return DEFAULT_LOCALE
  const tag = wanted.toLowerCase()
  const same = LOCALES.find((locale) => locale.toLowerCase() === tag)
  if (same) return same
  const traditional = TRADITIONAL_CHINESE.exec(tag)
  if (traditional) return /-(?:hk|mo)\b/.test(tag) ? 'zh-HK' : 'zh-TW'
  const language = tag.split('-', 1)[0] as string
  const served = Object.hasOwn(SERVED_BY, language) ? SERVED_BY[language] : undefined
  return served ?? LOCALES.find((locale) => locale.split('-', 1)[0] === language) ?? DEFAULT_LOCALE
}
