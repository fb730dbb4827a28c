/**
 * What a method can ask for, one entry for each `CollectedInput` of `@sluice/core`: its fields, and what they say. The
 * rules themselves are core's, the same that the server applies.
 */
import { COUNTRIES } from '@sluice/core/countries'
import type { CollectedInput, PaymentMethod } from '@sluice/core/payment-methods'
import type { Texts } from '../../common/texts.ts'
import { digitsOf } from '../../frame/format.ts'
import { createField, createSelect, createTick, type Field } from '../../view/form/field.ts'
import { element, say } from '../../view/element.ts'
import type { SessionFacts } from '../../common/messages.ts'
import type { SessionMethod } from '../session.ts'

/** What is known when the form is drawn. */
export interface InputFacts {
  texts: Texts
  /** Absent until the keeper has answered, and without a session. */
  session: SessionFacts | undefined
  methods: SessionMethod[]
}

/** Some fields that belong together. */
export interface Input {
  readonly elements: HTMLElement[]
  /** In the order of the focus. Each with the codes that are about it. */
  readonly fields: { field: AnyField; codes: RegExp }[]
  /** What was typed: `holder`, and members of `details`. */
  typed(): Record<string, string>
  /** @param wrong the text below a field, empty when there is nothing wrong with it */
  update(facts: InputFacts, wrong: (field: AnyField) => string, locked: boolean): void
}

export type AnyField = Field | Field<HTMLSelectElement>

export interface InputPlace {
  /** Begins every `id`. */
  id: string
  row: PaymentMethod
  /** The shop's prefill. */
  data: Record<string, string>
  changed(): void
}

/** Of those that are missing, nothing is typed here: cards and wallets have their own code, a one-time code comes later. */
export const INPUTS: Partial<Record<CollectedInput, (place: InputPlace) => Input>> = {
  holder_name: holderName,
  email: (place) => email(place),
  phone,
  billing_address: billingAddress,
  iban,
  mandate_consent: mandateConsent,
  national_id: (place) =>
    oneField(place, 'national_id', 'form.national_id', 'form.national_id.placeholder', {
      inputmode: 'numeric',
      dir: 'ltr',
    }),
  blik_code: (place) =>
    oneField(place, 'blik_code', 'otp.code', undefined, {
      inputmode: 'numeric',
      dir: 'ltr',
      autocomplete: 'one-time-code',
    }),
}

function oneField(
  { id }: InputPlace,
  name: string,
  label: string,
  placeholder: string | undefined,
  attributes: Record<string, string>,
): Input {
  const field = createField({ id: `${id}-${name}`, name, attributes })
  return {
    elements: [field.element],
    fields: [{ field, codes: new RegExp(`^${name}_`) }],
    typed: () => ({ [name]: field.input.value }),
    update({ texts: { text } }, wrong, locked) {
      const words = { label: text(label), ...(placeholder && { placeholder: text(placeholder) }) }
      field.update(words, wrong(field), locked)
    },
  }
}

function email(place: InputPlace): Input {
  const attributes = { type: 'email', inputmode: 'email', autocomplete: 'email', dir: 'ltr' }
  const input = oneField(place, 'email', 'form.email', 'form.email.placeholder', attributes)
  const [first] = input.fields
  if (first) first.field.input.value = place.data['email'] ?? ''
  return input
}

/** Where a bank account is asked for, it may be a company's. */
function holderName({ id, row, data, changed }: InputPlace): Input {
  const mayBeCompany = row.collects.includes('iban')
  const person = createField({
    id: `${id}-holder`,
    name: 'account-holder',
    attributes: { autocomplete: 'name', autocapitalize: 'words', maxlength: '100' },
  })
  const company = createField({
    id: `${id}-company`,
    name: 'company-name',
    attributes: { autocomplete: 'organization', autocapitalize: 'words', maxlength: '100' },
  })
  const change = element('button', { type: 'button', class: 'plain-button' })
  let isCompany = false
  let prefilled = false
  person.input.value = data['cardholderName'] ?? ''
  change.addEventListener('click', () => {
    isCompany = !isCompany
    changed()
    const { input } = isCompany ? company : person
    input.focus()
  })

  return {
    elements: mayBeCompany ? [person.element, company.element, change] : [person.element],
    get fields() {
      return [{ field: isCompany ? company : person, codes: /^account_holder_/ }]
    },
    typed: () => (isCompany ? { company_name: company.input.value } : { holder: person.input.value }),
    update({ texts: { text }, session }, wrong, locked) {
      const known = session?.customer_name
      // Once, and never over what the shopper has written.
      if (session && !prefilled && person.input.value === '' && known) person.input.value = known
      prefilled ||= session !== undefined
      person.update(
        { label: text('form.full_name'), placeholder: text('form.full_name.placeholder') },
        wrong(person),
        locked,
      )
      company.update(
        { label: text('bacs.company_name.label'), placeholder: text('bacs.company_name.placeholder') },
        wrong(company),
        locked,
      )
      person.element.hidden = isCompany
      company.element.hidden = !isCompany
      change.hidden = locked
      say(change, text(isCompany ? 'bacs.use_personal_name' : 'bacs.use_company_name'))
    },
  }
}

/** The dialling code is fixed where the method reaches telephones of one country only. */
function phone({ id, row, data, changed }: InputPlace): Input {
  const codes = row.phoneCodes === 'all' ? [] : row.phoneCodes
  const choice = element('select', { class: 'dialling', dir: 'ltr', autocomplete: 'tel-country-code' })
  choice.append(...codes.map((code) => new Option(`+${code}`, code)))
  choice.addEventListener('change', changed)
  const only = codes.length === 1
  const before = only ? element('span', { class: 'dialling', dir: 'ltr' }, `+${codes[0]}`) : choice
  const number = createField({
    id: `${id}-phone`,
    name: 'phone-number',
    attributes: { type: 'tel', inputmode: 'tel', autocomplete: 'tel-national', dir: 'ltr', maxlength: '24' },
    ...(codes.length > 0 && { before }),
  })
  const wanted = digitsOf(data['phoneCountryCode'] ?? '')
  if (codes.includes(wanted)) choice.value = wanted
  number.input.value = data['phoneNumber'] ?? ''

  /** A number with its dialling code, as an address book fills it in, is taken apart. */
  function parts(): { phone_country_code: string; phone_number: string } {
    const typed = number.input.value
    const whole = /^\s*(\+|00)/.test(typed) ? digitsOf(typed).replace(/^00/, '') : ''
    const found = whole ? codes.find((code) => whole.startsWith(code)) : undefined
    if (found && whole) return { phone_country_code: found, phone_number: whole.slice(found.length) }
    return { phone_country_code: only ? (codes[0] as string) : choice.value, phone_number: digitsOf(typed) }
  }
  number.input.addEventListener('change', () => {
    const { phone_country_code: code } = parts()
    if (codes.includes(code)) choice.value = code
  })

  return {
    elements: [number.element],
    fields: [{ field: number, codes: /^phone_/ }],
    typed: parts,
    update({ texts: { text } }, wrong, locked) {
      choice.setAttribute('aria-label', text('form.phone_country_code'))
      choice.disabled = locked
      number.update({ label: text('form.phone_number') }, wrong(number), locked)
    },
  }
}

const ADDRESS = [
  {
    name: 'address_line1',
    option: 'billingLine1',
    label: 'sluice.address.line1',
    autocomplete: 'billing address-line1',
  },
  {
    name: 'address_line2',
    option: 'billingLine2',
    label: 'sluice.address.line2',
    autocomplete: 'billing address-line2',
  },
  { name: 'zip', option: 'billingZip', label: 'sluice.address.zip', autocomplete: 'billing postal-code' },
  { name: 'city', option: 'billingCity', label: 'sluice.address.city', autocomplete: 'billing address-level2' },
] as const

/** Filled in from what the session says of the card's address, which is the session's own. */
function billingAddress({ id, row, data }: InputPlace): Input {
  const lines = ADDRESS.map(({ name, option, autocomplete }) => {
    const field = createField({
      id: `${id}-${name}`,
      name,
      attributes: { autocomplete, autocapitalize: 'words', maxlength: name === 'zip' ? '50' : '200' },
    })
    field.input.value = data[option] ?? ''
    return field
  })
  const country = createSelect({
    id: `${id}-country`,
    name: 'country',
    attributes: { autocomplete: 'billing country' },
  })
  let namedFor: string | undefined
  let prefilled = false

  function name(locale: string) {
    if (namedFor === locale) return
    namedFor = locale
    const { value } = country.input
    const names = countryNames(locale)
    country.input.replaceChildren(...names.map(([code, label]) => new Option(label, code)))
    country.input.value = value
  }

  function prefill({ methods }: InputFacts) {
    if (prefilled) return
    prefilled = methods.length > 0
    const known = (methods.find(({ type }) => type === 'card')?.['billing_address'] ?? {}) as Record<string, string>
    const empty = lines.every(({ input }) => input.value === '')
    for (const line of lines) if (empty) line.input.value = known[line.name] ?? ''
    const first = row.countries === 'all' ? undefined : row.countries[0]
    const wanted = data['billingCountry'] ?? known['country'] ?? first
    if (wanted) country.input.value = wanted
  }

  return {
    elements: [...lines, country].map((field) => field.element),
    fields: [...lines, country].map((field) => ({ field, codes: new RegExp(`^billing_address_${field.name}_`) })),
    typed: () => Object.fromEntries([...lines, country].map((field) => [field.name, field.input.value])),
    update(facts, wrong, locked) {
      const { text, locale } = facts.texts
      name(locale)
      prefill(facts)
      lines.forEach((line, index) => {
        line.update({ label: text(ADDRESS[index]?.label ?? '') }, wrong(line), locked)
      })
      country.update({ label: text('sluice.address.country') }, wrong(country), locked)
      country.input.disabled = locked
    },
  }
}

function countryNames(locale: string): [code: string, name: string][] {
  const names = new Intl.DisplayNames([locale, 'en'], { type: 'region' })
  const order = new Intl.Collator([locale, 'en'])
  return Array.from(COUNTRIES, (code): [string, string] => [code, names.of(code) ?? code]).sort((a, b) =>
    order.compare(a[1], b[1]),
  )
}

/** In groups of four, as it is printed. */
function iban({ id }: InputPlace): Input {
  const field = createField({
    id: `${id}-iban`,
    name: 'iban',
    // ISO 13616: at most 34 characters, in groups of four.
    attributes: { autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', dir: 'ltr', maxlength: '42' },
  })
  const { input } = field
  input.addEventListener('input', (event) => {
    if (event instanceof InputEvent && event.isComposing) return
    const caret = input.selectionStart ?? input.value.length
    const before = plainIban(input.value.slice(0, caret)).length
    const grouped = (plainIban(input.value).match(/.{1,4}/g) ?? []).join(' ')
    if (grouped === input.value) return
    input.value = grouped
    const place = before + Math.max(0, Math.ceil(before / 4) - 1)
    input.setSelectionRange(place, place)
  })
  return {
    elements: [field.element],
    fields: [{ field, codes: /^iban_/ }],
    typed: () => ({ iban: plainIban(input.value) }),
    update({ texts: { text } }, wrong, locked) {
      field.update({ label: text('sepa.iban'), placeholder: text('sepa.iban.placeholder') }, wrong(field), locked)
    },
  }
}

function plainIban(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[^\dA-Za-z]/g, '')
    .toUpperCase()
    .slice(0, 34)
}

/** Whom the shopper allows to debit, and what; without his consent there is no debit. */
function mandateConsent({ id, row, changed }: InputPlace): Input {
  const creditor = element('dd')
  const creditorLabel = element('dt')
  const creditorId = element('dd')
  const creditorIdLabel = element('dt')
  const idRow = element('div', { class: 'row' }, creditorIdLabel, creditorId)
  const list = element('dl', {}, element('div', { class: 'row' }, creditorLabel, creditor), idRow)
  const words = element('p', { class: 'mandate', id: `${id}-mandate` })
  const consent = createTick(`${id}-consent`, 'mandate_consent')
  consent.input.addEventListener('change', changed)

  return {
    elements: [list, words, consent.element].map(wide),
    fields: [{ field: consent, codes: /^mandate_consent_/ }],
    typed: () => (consent.input.checked ? { mandate_consent: 'true' } : {}),
    update({ texts: { text }, session, methods }, wrong, locked) {
      const told = (methods.find(({ type }) => type === row.name)?.['creditor'] ?? {}) as { name?: string; id?: string }
      const name = told.name ?? session?.merchant_name ?? ''
      say(creditorLabel, text('sepa.creditor'))
      say(creditor, name)
      say(creditorIdLabel, text('sepa.creditor_id'))
      say(creditorId, told.id ?? '')
      idRow.hidden = !told.id
      list.hidden = name === ''
      say(words, text('sluice.mandate', { CREDITOR: name }))
      consent.update({ label: text('sluice.mandate.consent') }, wrong(consent), locked)
    },
  }
}

function wide(child: HTMLElement): HTMLElement {
  child.classList.add('wide')
  return child
}
