/**
 * The simulator's stand-in for the sheet of a wallet: a dialog with the test cards, in the browser's top layer as the real
 * ones are. Its controls have fixed names, for tests: see the guide to wallets.
 */
import { element } from '../../../view/element.ts'
import { adoptStyles } from '../../../view/styles.ts'

export interface SheetOptions {
  /** `Apple Pay`, `Google Pay`. */
  wallet: string
  merchant: string
  /** Fetched when it opens. */
  cards(): Promise<readonly TestCard[]>
  /** With the shopper's choices the sum may change. */
  total(): string
  chosen(): void
  pay(card: string): void
  cancel(): void
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
dialog { border: 0; border-radius: 16px; padding: 20px; width: min(22rem, 90vw); font: 16px system-ui, sans-serif; color: #111; background: #fff; box-shadow: 0 10px 40px #0006 }
dialog::backdrop { background: #0007 }
h2 { margin: 0 0 4px; font-size: 20px }
p { margin: 0 0 12px; color: #555 }
strong { display: block; margin: 12px 0; font-size: 24px }
label { display: flex; gap: 8px; padding: 8px 0 }
button { width: 100%; padding: 12px; margin-top: 8px; border: 1px solid #767676; border-radius: 8px; font: inherit; background: #fff; color: #111; cursor: pointer }
button.yes { background: #111; color: #fff }
`

export function openSheet(options: SheetOptions): SimulatorSheet {
  const host = element('div', { 'data-testid': 'sluice-wallet-sheet' })
  const shadow = host.attachShadow({ mode: 'open' })
  adoptStyles(shadow, STYLES)
  const title = element('h2', { id: 'title' })
  title.textContent = `${options.wallet} (Sluice simulator)`
  const merchant = element('p')
  merchant.textContent = options.merchant
  const list = element('div', { role: 'radiogroup', 'aria-labelledby': 'title' })
  const sum = element('strong', { 'data-testid': 'sheet-total' })
  const pay = element('button', { type: 'button', class: 'yes', 'data-testid': 'sheet-pay' })
  pay.textContent = 'Pay'
  const cancel = element('button', { type: 'button', 'data-testid': 'sheet-cancel' })
  cancel.textContent = 'Cancel'
  const dialog = element('dialog', { 'aria-labelledby': 'title' }, title, merchant, list, sum, pay, cancel)
  let chosen: string | undefined

  function choose(card: string) {
    chosen = card
    options.chosen()
  }

  pay.addEventListener('click', () => {
    if (chosen === undefined) return
    pay.disabled = true
    options.pay(chosen)
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
  void options.cards().then((cards) => {
    list.replaceChildren(
      ...cards.map((card, index) => {
        const radio = element('input', { type: 'radio', name: 'card', value: card.id })
        radio.checked = index === 0
        radio.addEventListener('change', () => choose(card.id))
        const words = document.createTextNode(`${card.label} (${card.id})`)
        return element('label', {}, radio, words)
      }),
    )
    if (cards[0]) choose(cards[0].id)
  }, leave)

  return {
    update,
    fail() {
      pay.disabled = false
    },
    close,
  }
}
