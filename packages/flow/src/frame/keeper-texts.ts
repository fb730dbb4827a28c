/** The texts of one locale: ours, loaded on demand, with the shop's own laid over them. */
import { closestLocale, DEFAULT_LOCALE } from '@sluice/core/locales'
import type { KeeperStart } from '../common/messages.ts'
import type { Texts } from './desk.ts'

type TextTable = Record<string, string>
type Translations = NonNullable<KeeperStart['translations']>

/** Loads the texts we ship in a locale; rejects when they cannot be had now. */
export type LoadTexts = (locale: string) => Promise<TextTable>

/** Written from right to left; `Intl` does not say so in every browser. */
const RIGHT_TO_LEFT = /^(?:ar|ckb|dv|fa|he|iw|ps|sd|ug|ur|yi)\b/i

/**
 * @param wanted BCP 47; a locale we do not ship is served by its nearest relative of ours, else by English, under what
 *   the shop supplies for it
 * @throws when neither these texts nor the English ones can be had
 */
export async function loadTexts(
  load: LoadTexts,
  wanted: string | undefined,
  translations: Translations = {},
): Promise<Texts> {
  const { shipped, ours } = await loadNearest(load, closestLocale(wanted))
  const layers = [languageOf(shipped), shipped, ...(wanted ? [languageOf(wanted), wanted] : [])]
  const texts = { ...ours }
  for (const layer of layers) lay(tableOf(translations, layer), texts)

  // What the shop supplies for its own locale is what the page is in.
  const supplied = wanted && [wanted, languageOf(wanted)].some((tag) => tableOf(translations, tag))
  const locale = wanted && supplied ? wanted : shipped
  return { locale, dir: RIGHT_TO_LEFT.test(locale) ? 'rtl' : 'ltr', texts }
}

async function loadNearest(load: LoadTexts, locale: string): Promise<{ shipped: string; ours: TextTable }> {
  try {
    return { shipped: locale, ours: await load(locale) }
  } catch (cause) {
    if (locale === DEFAULT_LOCALE) throw cause
    return { shipped: DEFAULT_LOCALE, ours: await load(DEFAULT_LOCALE) }
  }
}

/** Unknown keys are left out: a text that nobody shows need not travel. */
function lay(table: TextTable | undefined, texts: TextTable): void {
  for (const [key, text] of Object.entries(table ?? {})) {
    if (Object.hasOwn(texts, key) && typeof text === 'string') texts[key] = text
  }
}

function tableOf(translations: Translations, tag: string): TextTable | undefined {
  const name = Object.keys(translations).find((each) => each.toLowerCase() === tag.toLowerCase())
  return name === undefined ? undefined : translations[name]
}

function languageOf(tag: string): string {
  return tag.split('-', 1)[0] as string
}
