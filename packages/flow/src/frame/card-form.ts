/**
 * One card form in the keeper: what was typed, whether it is a card that the vault and the shop take, and what is shown
 * of it. It knows no window; the fields documents attach to it as views.
 */
import { deviceNow } from '../common/clock.ts'
import { holdsCardNumber, isCardNumber, isExpired, schemeStarting } from '@sluice/core/cards'
import {
  type CardFormOptions,
  type CardFormState,
  type CardMetadata,
  FIELD_NAMES,
  type FieldName,
} from '../common/messages.ts'
import { optionName, schemeLabel } from '../common/schemes.ts'
import type { CardForm, FieldPicture, FormPicture, FormView } from './desk.ts'
import {
  type Change,
  digitsOf,
  expiryOf,
  formatCvv,
  formatExpiry,
  formatName,
  formatNumber,
  LONGEST_NAME,
} from './format.ts'

type FieldError = NonNullable<FieldPicture['error']>

interface Field {
  /** As it is shown. */
  value: string
  typedIn: boolean
  /** The shopper left it, or wanted to pay: from now on it is said what is wrong. */
  judged: boolean
}

/** So many leading digits may be known to the page; the lookup and the shop's own judgement go by them. */
const BIN_DIGITS = 8
/** A card that is good for longer was mistyped. */
const MOST_MONTHS_AHEAD = 240

/** What the vault puts a card in the place of, and so takes from nobody: see `isText` of core, which is too large here. */
const CARD_PLACEHOLDER = /^\{\{card\.[a-z_]+\}\}$/

/** With all separators; a pasted card may be longer before it is formatted, so inputs are not held to it. */
const MAX_LENGTH: Record<FieldName, number> = { name: LONGEST_NAME, number: 23, expiry: 9, cvv: 4 }

/** @param deps.now milliseconds since 1970 */
export function createCardForm(options: CardFormOptions, deps: { now(): number } = { now: deviceNow }): CardForm {
  const prefilled = formatName({ text: options.cardholderName ?? '', caret: 0 }).text
  const blank = (name: FieldName): Field => ({
    value: name === 'name' ? prefilled : '',
    typedIn: false,
    judged: false,
  })
  const fields = Object.fromEntries(FIELD_NAMES.map((name) => [name, blank(name)])) as Record<FieldName, Field>
  const acceptedSchemes = options.acceptedCardSchemes?.map(optionName) ?? []
  const acceptedTypes = options.acceptedCardTypes?.map(optionName) ?? []
  const views = new Set<FormView>()
  const listeners = new Set<(state: CardFormState) => void>()
  let learned: CardMetadata | undefined
  let refusal: string | undefined
  let toldLast = ''
  /** After its card has paid: what is still shown of it. */
  let spent: { picture: FormPicture; state: CardFormState } | undefined

  const digits = () => digitsOf(fields.number.value)
  const bin = () => (digits().length >= BIN_DIGITS ? digits().slice(0, BIN_DIGITS) : undefined)
  /** What the lookup said, while it is of this number. */
  const facts = () => (learned && learned.bin.slice(0, BIN_DIGITS) === bin() ? learned : undefined)

  /** The scheme, then a second brand: as the component's options spell them. */
  function schemes(): string[] {
    const scheme = facts()?.scheme || schemeStarting(digits())?.name
    if (!scheme) return []
    return [...new Set([scheme, ...(facts()?.local_schemes ?? [])].map(optionName))]
  }

  /** The shop does not take this card, whole or not. */
  function unwelcome(): FieldError | undefined {
    if (refusal !== undefined) return { message: refusal }
    const known = schemes()
    const [scheme] = known
    if (scheme && acceptedSchemes.length > 0 && !known.some((name) => acceptedSchemes.includes(name))) {
      return { key: 'card.card_number.not_supported', values: { CARD: schemeLabel(scheme) } }
    }
    const type = facts()?.card_type
    if (type && acceptedTypes.length > 0 && !acceptedTypes.includes(optionName(type))) {
      return { key: 'payment.declined.card_not_supported' }
    }
    return undefined
  }

  /** A card that the shop will not take is said as soon as it is sure, and not after the rest of it was typed. */
  const early = () => (refusal !== undefined || facts() ? unwelcome() : undefined)

  /** What keeps each field from being taken by the vault or the shop. */
  const problems: Record<FieldName, () => FieldError | undefined> = {
    name() {
      const name = fields.name.value.trim()
      if (name === '') return { key: 'form.required' }
      return holdsCardNumber(name) || CARD_PLACEHOLDER.test(name) ? { key: 'sluice.name_not_a_card' } : undefined
    },
    number() {
      if (fields.number.value === '') return { key: 'form.required' }
      return unwelcome() ?? (isCardNumber(digits()) ? undefined : { key: 'card.card_number.invalid' })
    },
    expiry() {
      if (fields.expiry.value === '') return { key: 'form.required' }
      const expiry = expiryOf(fields.expiry.value)
      if (!expiry) return { key: 'sluice.expiry_date.incomplete' }
      if (isExpired(expiry.month, expiry.year, deps.now())) return { key: 'card.expiry_date.invalid' }
      return isTooFarAhead(expiry, deps.now()) ? { key: 'sluice.expiry_date.incomplete' } : undefined
    },
    cvv() {
      const { length } = fields.cvv.value
      if (length === 0) return { key: 'form.required' }
      const wanted = cvvLength()
      const fits = wanted === undefined ? length >= 3 : length === wanted
      return fits ? undefined : { key: 'card.security_code.invalid' }
    },
  }

  const cvvLength = () => options.cvvLength ?? schemeStarting(digits())?.cvvLength
  const isValid = () => options.fields.every((name) => !problems[name]())

  function picture(): FormPicture {
    if (spent) return spent.picture
    return {
      fields: Object.fromEntries(FIELD_NAMES.map((name) => [name, fieldPicture(name)])) as FormPicture['fields'],
      schemes: schemes(),
    }
  }

  function fieldPicture(name: FieldName): FieldPicture {
    const field = fields[name]
    const error = field.judged ? problems[name]() : name === 'number' ? early() : undefined
    const maxLength = name === 'cvv' ? (cvvLength() ?? MAX_LENGTH.cvv) : MAX_LENGTH[name]
    return { value: field.value, maxLength, ...(error ? { error } : {}) }
  }

  function state(): CardFormState {
    if (spent) return spent.state
    const [scheme, ...localSchemes] = schemes()
    const leading = bin()
    return {
      valid: isValid(),
      empty: FIELD_NAMES.every((name) => fields[name].value === blank(name).value),
      ...(scheme ? { scheme } : {}),
      ...(localSchemes.length > 0 ? { localSchemes } : {}),
      ...(leading ? { bin: leading } : {}),
    }
  }

  function tell() {
    const shown = picture()
    for (const view of views) view.show(shown)
    const told = JSON.stringify(state())
    if (told === toldLast) return
    toldLast = told
    for (const listener of listeners) listener(state())
  }

  function typed(name: FieldName, text: string, caret: number, change?: Change) {
    const before = fields[name].value
    if (name === 'number') return formatNumber({ text, caret }, before, change)
    if (name === 'expiry') return formatExpiry({ text, caret }, before, change)
    return name === 'cvv' ? formatCvv({ text, caret }, cvvLength()) : formatName({ text, caret })
  }

  return {
    options,
    state,
    attach(view) {
      views.add(view)
      view.show(picture())
      return () => views.delete(view)
    },
    edit(name, text, caret, change) {
      if (spent) return { text: spent.picture.fields[name].value, caret: 0 }
      const field = fields[name]
      const shown = typed(name, text, caret, change)
      const leading = bin()
      field.value = shown.text
      // The shop refused the leading digits: as long as they stand, so does that.
      if (bin() !== leading) refusal = undefined
      field.typedIn = true
      // Once it is right, or begun anew, it is left alone until the shopper leaves it again.
      if (shown.text === '' || !problems[name]()) field.judged = false
      tell()
      return shown
    },
    leave(name) {
      const field = fields[name]
      if (field.value === '' && !field.typedIn) return
      field.judged = true
      tell()
    },
    check(reveal) {
      const wrong = options.fields.find((name) => problems[name]())
      if (!reveal) return wrong
      for (const name of options.fields) fields[name].judged = true
      tell()
      return wrong
    },
    card() {
      const expiry = expiryOf(fields.expiry.value)
      if (!isValid() || !expiry || fields.number.value === '') return undefined
      return {
        number: digits(),
        expiry_month: expiry.month,
        expiry_year: expiry.year,
        ...(options.fields.includes('cvv') ? { cvv: fields.cvv.value } : {}),
        // A name the shop gave for a field it hides: what the vault would refuse is left out.
        ...(problems.name() ? {} : { name: fields.name.value.trim() }),
      }
    },
    cvv: () => (options.fields.includes('number') || !isValid() ? undefined : fields.cvv.value),
    learn(metadata) {
      learned = metadata
      tell()
    },
    refuse(message) {
      refusal = message
      tell()
    },
    spend() {
      if (spent) return
      const { fields: shown, ...rest } = picture()
      const masked = { ...shown, number: mask(shown.number), cvv: mask(shown.cvv) }
      const last = { picture: { ...rest, fields: masked }, state: state() }
      for (const name of ['number', 'cvv'] as const) fields[name] = blank(name)
      spent = last
      tell()
    },
    forget(what) {
      spent = undefined
      const forgotten: FieldName[] = what === 'all' ? [...FIELD_NAMES] : ['number', 'cvv']
      for (const name of forgotten) fields[name] = blank(name)
      refusal = undefined
      tell()
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** All but the last four digits of a number; all of a security code. */
function mask(field: FieldPicture): FieldPicture {
  const shown = field.value.length > MAX_LENGTH.cvv ? 4 : 0
  const hidden = field.value.slice(0, field.value.length - shown).replaceAll(/\d/g, '•')
  return { ...field, value: hidden + field.value.slice(field.value.length - shown) }
}

function isTooFarAhead({ month, year }: { month: number; year: number }, now: number): boolean {
  const today = new Date(now)
  return (year - today.getUTCFullYear()) * 12 + month - (today.getUTCMonth() + 1) > MOST_MONTHS_AHEAD
}
