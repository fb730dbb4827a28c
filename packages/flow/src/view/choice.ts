/** What a shopper decides besides the fields: the brand of a co-badged card, and whether the card is kept. */
import { svgMark } from '../common/marks.ts'
import { sameList } from '../common/same-list.ts'
import { schemeLabel } from '../common/schemes.ts'
import { element, say } from './element.ts'
import type { CardModel, RootModel, ViewActions } from './model.ts'

type Text = RootModel['text']

/** One radio button for each brand. */
export function createChoice(actions: ViewActions) {
  const legend = element('legend')
  const hint = element('p', { id: 'choice-hint' })
  const brands = element('div', { class: 'brands' })
  const group = element('fieldset', { class: 'choice', 'aria-describedby': hint.id }, legend, hint, brands)
  let radios: HTMLInputElement[] = []
  let offered: string[] = []

  function update({ schemes, chosen }: NonNullable<CardModel['choice']>, locked: boolean, text: Text): void {
    say(legend, text('card.preferred_scheme.cta'))
    say(hint, text('card.preferred_scheme.description'))
    group.disabled = locked
    if (!sameList(schemes, offered)) offer(schemes)
    for (const radio of radios) radio.checked = radio.value === chosen
  }

  function offer(schemes: string[]): void {
    offered = schemes
    radios = schemes.map((scheme) => element('input', { type: 'radio', name: 'scheme', value: scheme }))
    brands.replaceChildren(
      ...radios.map((radio) => {
        radio.addEventListener('change', () => actions.chooseScheme(radio.value))
        const mark = element('i', {}, svgMark(document, radio.value))
        return element('label', { class: 'brand' }, radio, mark, element('span', {}, schemeLabel(radio.value)))
      }),
    )
  }

  return { element: group, update }
}

/** A checkbox. */
export function createConsent(actions: ViewActions) {
  const box = element('input', { type: 'checkbox' })
  const words = element('span')
  box.addEventListener('change', () => actions.consent(box.checked))

  function update({ checked }: NonNullable<CardModel['consent']>, locked: boolean, text: Text): void {
    say(words, text('card.store_for_future_use.collect_consent'))
    box.checked = checked
    box.disabled = locked
  }

  return { element: element('label', { class: 'consent' }, box, words), update }
}
