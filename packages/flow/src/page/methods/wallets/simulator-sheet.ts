/**
 * The simulator's stand-in for the sheet of a wallet: a dialog with the test cards, in the browser's top layer as the real
 * ones are. Its controls have fixed names, for tests: see the guide to wallets.
 */
import { element } from '../../../view/element.ts'
import { adoptStyles } from '../../../view/styles.ts'
import type { Keeper } from '../../keeper.ts'

export interface SheetOptions {
  /** `Apple Pay`, `Google Pay`. */
  wallet: string
  merchant: string
  /** Fetched when it opens; no addresses when none is asked for. */
  choices(): Promise<Choices>
  /** With the shopper's choices the sum may change. */
  total(): string
  chosen(): void
  pay(chosen: Chosen): void
  cancel(): void
}

export interface Choices {
  cards: readonly TestCard[]
  addresses: readonly { id: string; label: string }[]
}

/** By their ids. */
export interface Chosen {
  card: string
  address?: string
}

export interface TestCard {
  id: string
  label: string
  network: string
  type: string
  auth: string
}

export interface SimulatorSheet {
  /** Draws the sum anew. */
  update(): void
  fail(): void
  close(): void
}

const STYLES = `
dialog { box-sizing: border-box; color-scheme: light; border: 0; border-radius: 16px; padding: 20px; width: min(24.5rem, 92vw); font: 16px system-ui, sans-serif; color: #111; background: #fff; box-shadow: 0 10px 40px #0006 }
dialog::backdrop { background: #0007 }
h2 { margin: 0 0 4px; font-size: 20px }
p { margin: 0 0 12px; color: #555 }
strong { display: block; margin: 12px 0; font-size: 24px }
div + div:not(:empty) { border-top: 1px solid #ddd; margin-top: 8px; padding-top: 8px }
label { display: flex; gap: 8px; padding: 8px 0 }
button { width: 100%; padding: 12px; margin-top: 8px; border: 1px solid #767676; border-radius: 8px; font: inherit; background: #fff; color: #111; cursor: pointer }
button.yes { background: #111; color: #fff }
`

export async function askChoices(keeper: Keeper): Promise<Choices> {
  return (await keeper.ask({ what: 'wallet', step: 'cards' })) as unknown as Choices
}

export function openSheet(options: SheetOptions): SimulatorSheet {
  const host = element('div', { 'data-testid': 'sluice-wallet-sheet', lang: 'en', dir: 'ltr' })
  const shadow = host.attachShadow({ mode: 'open' })
  adoptStyles(shadow, STYLES)
  const title = element('h2', { id: 'title' })
  title.textContent = `${options.wallet} (Sluice simulator)`
  const merchant = element('p')
  merchant.textContent = options.merchant
  const list = element('div', { role: 'radiogroup', 'aria-labelledby': 'title' })
  const places = element('div', {
    role: 'radiogroup',
    'aria-label': 'Billing address',
    'data-testid': 'sheet-addresses',
  })
  const sum = element('strong', { 'data-testid': 'sheet-total' })
  const pay = element('button', { type: 'button', class: 'yes', 'data-testid': 'sheet-pay' })
  pay.textContent = 'Pay'
  const cancel = element('button', { type: 'button', 'data-testid': 'sheet-cancel' })
  cancel.textContent = 'Cancel'
  const dialog = element('dialog', { 'aria-labelledby': 'title' }, title, merchant, list, places, sum, pay, cancel)
  let chosen: Partial<Chosen> = {}

  function choose(choice: Partial<Chosen>) {
    chosen = { ...chosen, ...choice }
    options.chosen()
  }

  pay.addEventListener('click', () => {
    const { card, ...rest } = chosen
    if (card === undefined) return
    pay.disabled = true
    options.pay({ card, ...rest })
  })
  cancel.addEventListener('click', leave)
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    leave()
  })

  function leave() {
    close()
    options.cancel()
  }

  function close() {
    dialog.close()
    host.remove()
  }

  function update() {
    sum.textContent = options.total()
  }

  shadow.append(dialog)
  document.body.append(host)
  dialog.showModal()
  update()
  void options.choices().then(({ cards, addresses }) => {
    list.replaceChildren(...radios('card', cards, (card) => choose({ card })))
    places.replaceChildren(...radios('address', addresses, (address) => choose({ address })))
    const [card, address] = [cards[0], addresses[0]]
    if (card) choose({ card: card.id, ...(address && { address: address.id }) })
  }, leave)

  return {
    update,
    fail() {
      pay.disabled = false
    },
    close,
  }
}

/** The first is chosen. */
function radios(name: string, of: readonly { id: string; label: string }[], choose: (id: string) => void) {
  return of.map(({ id, label }, index) => {
    const radio = element('input', { type: 'radio', name, value: id })
    radio.checked = index === 0
    radio.addEventListener('change', () => choose(id))
    return element('label', {}, radio, document.createTextNode(`${label} (${id})`))
  })
}
