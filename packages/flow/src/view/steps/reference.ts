/** What is paid later at a cash machine or in the bank's app: entity, reference, amount, and until when. */
import { formatAmount, type Texts } from '../../common/texts.ts'
import { element, say } from '../element.ts'
import { createStepFrame, type StepView } from './frame.ts'

/** How long a button says that it has copied. */
const COPIED_MS = 2000

export function createReference(id: string): StepView {
  const list = element('dl')
  const told = element('p', { class: 'unseen', role: 'status' })
  const frame = createStepFrame(id, list, told)
  const rows = ['entity', 'reference', 'amount', 'pay_by'].map((name) => createRow(name, told))

  return {
    ...frame,
    update({ next }, texts) {
      if (next.type !== 'pay_reference') return
      const { locale, text } = texts
      const amount = formatAmount(next.amount, next.currency, locale)
      const shown: Record<string, [shown: string | undefined, copied?: string | undefined]> = {
        entity: [next.entity, next.entity],
        reference: [next.reference.replace(/^(\d{3})(\d{3})(\d{3})$/, '$1 $2 $3'), next.reference],
        // As it is typed at a machine: without sign, with the locale's own comma.
        amount: [amount, amount.replace(/[^\d.,٠-٩٫٬]/g, '')],
        pay_by: [momentOf(next.expires_on, locale)],
      }
      say(frame.lead, text('sluice.voucher.intro'))
      const present = rows.filter(({ name }) => shown[name]?.[0])
      for (const row of present) row.update(shown[row.name] as [string, string?], texts)
      if (list.childElementCount !== present.length) list.replaceChildren(...present.map((row) => row.element))
    },
  }
}

function createRow(name: string, told: HTMLElement) {
  const label = element('dt')
  // Groups of digits would change places between words that run from right to left.
  const direction = name === 'pay_by' ? 'auto' : 'ltr'
  const value = element('span', { 'data-testid': `voucher-${name}`, dir: direction })
  const copy = element('button', { type: 'button', class: 'copy' })
  const content = element('dd', {}, value)
  const row = element('div', { class: 'row' }, label, content)
  let copied = false
  let toCopy = ''
  let words: Texts | undefined

  function sayCopy() {
    if (!words) return
    const { text } = words
    say(copy, text(copied ? 'sluice.copied' : 'sluice.copy'))
    copy.setAttribute('aria-label', `${copy.textContent}: ${label.textContent}`)
  }

  async function copyNow(): Promise<void> {
    copied = await copyText(toCopy, value)
    if (!copied) return
    sayCopy()
    told.textContent = copy.getAttribute('aria-label')
    setTimeout(() => {
      copied = false
      told.textContent = ''
      sayCopy()
    }, COPIED_MS)
  }
  copy.addEventListener('click', () => void copyNow())

  return {
    name,
    element: row,
    update([shown, plain]: [string, string?], texts: Texts) {
      words = texts
      say(label, texts.text(`sluice.voucher.${name}`))
      say(value, shown)
      toCopy = plain ?? ''
      if (plain && copy.parentNode !== content) content.append(copy)
      sayCopy()
    },
  }
}

/** Where the clipboard is out of reach, on plain http, the text is selected, to be copied by hand. */
async function copyText(text: string, place: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    getSelection()?.selectAllChildren(place)
    return false
  }
}

function momentOf(iso: string, locale: string): string {
  const options = { dateStyle: 'long', timeStyle: 'short' } as const
  try {
    return new Intl.DateTimeFormat(locale, options).format(new Date(iso))
  } catch {
    return new Intl.DateTimeFormat('en-GB', options).format(new Date(iso))
  }
}
