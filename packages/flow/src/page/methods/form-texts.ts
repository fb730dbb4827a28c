/** The texts of the forms: whole tables, loaded with them and laid out as the keeper does it. */
import { createTexts, type Texts } from '../../common/texts.ts'
import { loadTexts } from '../../frame/keeper-texts.ts'

const LOCALES = import.meta.glob<{ default: Record<string, string> }>('../../locales/*.json')

/** @param locale that the keeper's texts are in; @throws when neither its table nor the English one can be had now */
export async function loadFormTexts(
  locale: string,
  translations: Record<string, Record<string, string>>,
): Promise<Texts> {
  const { texts } = await loadTexts(loadShipped, locale, translations)
  return createTexts(texts, locale)
}

async function loadShipped(locale: string): Promise<Record<string, string>> {
  const shipped = await LOCALES[`../../locales/${locale}.json`]?.()
  if (!shipped) throw new Error(`no texts for ${locale}`)
  return shipped.default
}
