/** The button of a wallet: Apple's own where the browser draws it, and else ours in the colours that the wallet allows. */
import type { Texts } from '../../../common/texts.ts'
import { element, say } from '../../../view/element.ts'
import type { Resolved } from '../../options.ts'

type Look = Pick<Resolved, 'buttonColor' | 'buttonType'>

/** What each wallet has words for; the first is meant when nobody said anything, or something else. */
const COLOURS: Record<string, readonly string[]> = {
  applepay: ['black', 'white', 'white-outline'],
  googlepay: ['black', 'white', 'default'],
}
const TYPES: Record<string, readonly string[]> = {
  applepay: (
    'plain add-money book buy check-out continue contribute donate order pay reload rent set-up subscribe support tip ' +
    'top-up'
  ).split(' '),
  googlepay: 'plain book buy checkout donate order pay subscribe'.split(' '),
}

export interface WalletButton {
  element: HTMLButtonElement
  update(texts: Texts): void
}

/** @param label the wallet's name, by which the button is known whatever is written on it */
export function createWalletButton(name: string, label: string, { buttonColor, buttonType }: Look): WalletButton {
  const colour = oneOf(COLOURS[name], buttonColor)
  const type = oneOf(TYPES[name], buttonType)
  const button = element('button', {
    type: 'button',
    class: `pay idle wallet ${name}`,
    'aria-label': label,
    ...(colour && { 'data-color': colour === 'default' ? 'black' : colour }),
    ...(type && { 'data-type': type }),
  })
  button.textContent = label
  // Read by Apple's own button alone, which knows the words of its own language.
  if (type) button.style.setProperty('--w-type', type)
  if (colour) button.style.setProperty('--w-style', colour)
  return {
    element: button,
    update(texts) {
      const isPlain = type === undefined || type === 'plain'
      say(button, isPlain ? label : texts.text('pay_button.pay_with', { PAYMENT_METHOD: label }))
      button.lang = texts.locale
    },
  }
}

function oneOf(words: readonly string[] | undefined, wanted: string | undefined): string | undefined {
  return words && (words.find((word) => word === wanted) ?? words[0])
}
