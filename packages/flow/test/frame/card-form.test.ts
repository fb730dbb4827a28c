import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schemeOf } from '@sluice/core/cards'
import type { SealedDetails, TypedCard } from '@sluice/sealing/payload'
import { detailsProblems, parseDetails } from '@sluice/server/vault/details'
import fc from 'fast-check'
import { createCardForm } from '../../src/frame/card-form.ts'
import type { CardForm, FormPicture } from '../../src/frame/desk.ts'
import { type CardFormOptions, FIELD_NAMES, type FieldName } from '../../src/common/messages.ts'

const NOW = Date.UTC(2026, 10, 22)
const ALL: CardFormOptions = { fields: ['name', 'number', 'expiry', 'cvv'] }

function openForm(options: CardFormOptions = ALL, now = NOW) {
  const form = createCardForm(options, { now: () => now })
  let picture: FormPicture | undefined
  form.attach({
    show(shown) {
      picture = shown
    },
  })
  const fill = (name: FieldName, text: string) => form.edit(name, text, text.length)
  return {
    form,
    fill,
    fillAll({ number = '4242424242424242', expiry = '12/30', cvv = '123', name = 'Ada Lovelace' } = {}) {
      for (const [field, text] of Object.entries({ number, expiry, cvv, name })) fill(field as FieldName, text)
    },
    field: (name: FieldName) => (picture as FormPicture).fields[name],
    error: (name: FieldName) => (picture as FormPicture).fields[name].error,
    schemes: () => (picture as FormPicture).schemes,
  }
}

const learn = (form: CardForm, metadata: Record<string, unknown>) =>
  form.learn({ bin: '42424242', scheme: 'VISA', ...metadata })

test('a complete form is a card', () => {
  const { form, fillAll } = openForm()
  assert.deepEqual(form.state(), { valid: false, empty: true })
  fillAll()
  assert.deepEqual(form.state(), { valid: true, empty: false, scheme: 'visa', bin: '42424242' })
  assert.equal(form.cvv(), undefined)
  assert.deepEqual(form.card(), {
    number: '4242424242424242',
    expiry_month: 12,
    expiry_year: 2030,
    cvv: '123',
    name: 'Ada Lovelace',
  })
})

test('a field that is left is judged, and its error goes as soon as it is right', () => {
  const { form, fill, error } = openForm()
  fill('number', '4242')
  assert.equal(error('number'), undefined)
  form.leave('number')
  assert.deepEqual(error('number'), { key: 'card.card_number.invalid' })
  fill('number', '4242 4242 4242 424')
  assert.deepEqual(error('number'), { key: 'card.card_number.invalid' })
  fill('number', '4242 4242 4242 4242')
  assert.equal(error('number'), undefined)
  fill('number', '4242 4242 4242 424')
  assert.equal(error('number'), undefined)
})

test('a field that nothing was typed in may be passed by, until the shopper wants to pay', () => {
  const { form, error } = openForm()
  for (const name of FIELD_NAMES) form.leave(name)
  for (const name of FIELD_NAMES) assert.equal(error(name), undefined)
  assert.equal(form.check(false), 'name')
  for (const name of FIELD_NAMES) assert.equal(error(name), undefined)
  assert.equal(form.check(true), 'name')
  for (const name of FIELD_NAMES) assert.deepEqual(error(name), { key: 'form.required' })
})

test('a check names the first field that is wrong', () => {
  const { form, fill } = openForm()
  fill('name', 'Ada')
  assert.equal(form.check(true), 'number')
  fill('number', '4242424242424242')
  fill('expiry', '12/32')
  assert.equal(form.check(true), 'cvv')
  fill('cvv', '100')
  assert.equal(form.check(true), undefined)
})

test('an expiry date is told from one that has passed and from one that is none', () => {
  const { form, fill, error } = openForm()
  const said: Record<string, string | undefined> = {
    '11/26': undefined,
    '10/26': 'card.expiry_date.invalid',
    '12/2': 'sluice.expiry_date.incomplete',
    '11/46': undefined,
    '12/46': 'sluice.expiry_date.incomplete',
  }
  for (const [text, key] of Object.entries(said)) {
    fill('expiry', text)
    form.leave('expiry')
    assert.deepEqual(error('expiry'), key && { key }, text)
  }
})

test('the security code has the length of the scheme, and follows a number that changes', () => {
  const { form, fill, error, field } = openForm()
  fill('number', '378282246310005')
  fill('cvv', '123')
  form.leave('cvv')
  assert.deepEqual(error('cvv'), { key: 'card.security_code.invalid' })
  assert.equal(field('cvv').maxLength, 4)
  fill('number', '4242424242424242')
  assert.equal(error('cvv'), undefined)
})

test('a security code alone has the length the shop names', () => {
  const { form, fill } = openForm({ fields: ['cvv'], cvvLength: 4 })
  fill('cvv', '123')
  assert.equal(form.state().valid, false)
  assert.equal(form.cvv(), undefined)
  fill('cvv', '1234')
  assert.equal(form.state().valid, true)
  assert.equal(form.cvv(), '1234')
  assert.equal(form.card(), undefined)
})

test('a name is more than spaces and not a card number', () => {
  const { form, fill, error } = openForm()
  fill('name', '   ')
  form.leave('name')
  assert.deepEqual(error('name'), { key: 'form.required' })
  fill('name', '4242 4242 4242 4242')
  form.leave('name')
  assert.deepEqual(error('name'), { key: 'sluice.name_not_a_card' })
})

test('a hidden name comes from the shop, when the vault would take it', () => {
  const fields: FieldName[] = ['number', 'expiry', 'cvv']
  for (const [cardholderName, name] of [
    ['Grace Hopper', 'Grace Hopper'],
    ['4242424242424242', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    const { form, fillAll } = openForm({ fields, ...(cardholderName === undefined ? {} : { cardholderName }) })
    fillAll({ name: cardholderName ?? '' })
    assert.equal(form.card()?.name, name)
  }
})

test('a name the shop gave stands in its field and counts as nothing typed', () => {
  const { form, field } = openForm({ ...ALL, cardholderName: 'Grace Hopper' })
  assert.equal(field('name').value, 'Grace Hopper')
  assert.equal(form.state().empty, true)
})

test('a hidden security code is neither asked for nor sent', () => {
  const { form, fill } = openForm({ fields: ['number', 'expiry'] })
  fill('number', '4242424242424242')
  fill('expiry', '12/30')
  assert.deepEqual(form.card(), { number: '4242424242424242', expiry_month: 12, expiry_year: 2030 })
})

test('a scheme the shop does not take is named, however its options spell it', () => {
  for (const acceptedCardSchemes of [['mastercard'], ['Mastercard', 'AMEX']]) {
    const { form, fill, error } = openForm({ ...ALL, acceptedCardSchemes })
    fill('number', '4242424242424242')
    form.leave('number')
    assert.deepEqual(error('number'), { key: 'card.card_number.not_supported', values: { CARD: 'Visa' } })
    assert.equal(form.state().valid, false)
    fill('number', '5436031030606378')
    assert.equal(error('number'), undefined)
  }
  const { form, fill, error } = openForm({ ...ALL, acceptedCardSchemes: ['american_express', 'china_union_pay'] })
  for (const number of ['378282246310005', '6224120000000094']) {
    fill('number', number)
    form.leave('number')
    assert.equal(error('number'), undefined)
  }
})

test('a card the shop does not take is said once the lookup is sure, before the rest is typed', () => {
  const { form, fill, error } = openForm({ ...ALL, acceptedCardSchemes: ['mastercard'] })
  fill('number', '4242 4242 4')
  assert.equal(error('number'), undefined)
  learn(form, {})
  assert.deepEqual(error('number'), { key: 'card.card_number.not_supported', values: { CARD: 'Visa' } })
})

test('a card is taken for its second brand too', () => {
  const { form, fillAll, schemes } = openForm({ ...ALL, acceptedCardSchemes: ['cartes_bancaires'] })
  fillAll()
  assert.equal(form.state().valid, false)
  learn(form, { local_schemes: ['cartes_bancaires'] })
  assert.equal(form.state().valid, true)
  assert.deepEqual(form.state().localSchemes, ['cartes_bancaires'])
  assert.deepEqual(schemes(), ['visa', 'cartes_bancaires'])
})

test('a type of card the shop does not take is refused once it is known', () => {
  const { form, fillAll, error } = openForm({ ...ALL, acceptedCardTypes: ['debit', 'deferred_debit'] })
  fillAll()
  assert.equal(form.state().valid, true)
  learn(form, { card_type: 'CREDIT' })
  assert.deepEqual(error('number'), { key: 'payment.declined.card_not_supported' })
  learn(form, { card_type: 'DEFERRED DEBIT' })
  assert.equal(form.state().valid, true)
})

test('what is known of a number is forgotten with it', () => {
  const { form, fill, fillAll, schemes } = openForm()
  fillAll()
  learn(form, { local_schemes: ['cartes_bancaires'] })
  fill('number', '5436031030606378')
  assert.deepEqual(schemes(), ['mastercard'])
  assert.equal(form.state().localSchemes, undefined)
})

test('a card the shop refuses by its leading digits stays refused as long as these stand', () => {
  const { form, fill, fillAll, error } = openForm()
  fillAll()
  form.refuse('Not for this sale')
  assert.deepEqual(error('number'), { message: 'Not for this sale' })
  assert.equal(form.card(), undefined)
  fill('number', '4242 4242 4242 424')
  assert.deepEqual(error('number'), { message: 'Not for this sale' })
  fill('number', '4242 4243 4242 424')
  assert.equal(error('number'), undefined)
})

test('a form that is left forgets number and code, and all of it when it is closed', () => {
  const { form, fillAll, field } = openForm({ ...ALL, cardholderName: 'Grace Hopper' })
  fillAll()
  form.forget('card')
  assert.deepEqual(
    FIELD_NAMES.map((name) => field(name).value),
    ['Ada Lovelace', '', '12 / 30', ''],
  )
  form.forget('all')
  assert.deepEqual(
    FIELD_NAMES.map((name) => field(name).value),
    ['Grace Hopper', '', '', ''],
  )
})

test('the page hears of a change once, and nothing that tells the number', () => {
  const { form, fill } = openForm()
  const heard: unknown[] = []
  form.onChange((state) => heard.push(state))
  for (const text of ['4', '42', '424', '4242']) fill('number', text)
  assert.deepEqual(heard, [{ valid: false, empty: false, scheme: 'visa' }])
  fill('number', '4242424242424242')
  fill('cvv', '987')
  assert.ok(!JSON.stringify(heard).includes('987'))
  assert.ok(!JSON.stringify(heard).includes('4242424242'))
})

// ------------------------------------------------------------------ the vault's word

function vaultTakes(card: TypedCard): boolean {
  const details: SealedDetails = {
    v: 1,
    sid: 'ps_x',
    jti: '00000000-0000-4000-8000-000000000000',
    issued: '1.x',
    method: 'card',
    card,
  }
  const opened = parseDetails(new TextEncoder().encode(JSON.stringify(details)))
  return opened !== undefined && detailsProblems(opened, NOW).length === 0
}

/** Numbers that are right, nearly right, and wrong: of all schemes and lengths. */
const prefix = fc.constantFrom(
  '4',
  '4242',
  '51',
  '2221',
  '34',
  '37',
  '300',
  '3095',
  '36',
  '6011',
  '65',
  '3530',
  '62',
  '81',
)
const cardNumber = fc
  .tuple(prefix, fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 7, maxLength: 17 }), fc.boolean())
  .map(([start, rest, mend]) => {
    const digits = (start + rest).slice(0, 19)
    if (!mend) return digits
    const body = digits.slice(0, -1)
    return [...'0123456789'].map((last) => body + last).find(passes) as string
  })
const passes = (digits: string) =>
  [...digits].reverse().reduce((sum, digit, at) => {
    const doubled = Number(digit) * (at % 2 === 1 ? 2 : 1)
    return sum + (doubled > 9 ? doubled - 9 : doubled)
  }, 0) %
    10 ===
  0
const typedCard = fc.record({
  number: cardNumber,
  expiry_month: fc.integer({ min: 1, max: 12 }),
  expiry_year: fc.integer({ min: 2024, max: 2050 }),
  cvv: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 2, maxLength: 4 }),
  name: fc.oneof(
    fc.constant('Ada Lovelace'),
    fc.string({ unit: 'binary', maxLength: 30 }),
    cardNumber,
    fc.constant('{{card.cvc}}'),
  ),
})

function typeInto(form: CardForm, { number, expiry_month, expiry_year, cvv = '', name = '' }: TypedCard) {
  const expiry = `${String(expiry_month).padStart(2, '0')}/${String(expiry_year).slice(2)}`
  for (const [field, text] of Object.entries({ number, expiry, cvv, name })) {
    form.edit(field as FieldName, text, text.length)
  }
}

test('the vault takes every card that the form takes', () => {
  fc.assert(
    fc.property(typedCard, (card) => {
      const { form } = openForm()
      typeInto(form, card)
      const sealed = form.card()
      if (sealed) assert.ok(vaultTakes(sealed), JSON.stringify(sealed))
    }),
    { numRuns: 3000 },
  )
})

test('the form takes every card that the vault takes, but for dates too far ahead', () => {
  fc.assert(
    fc.property(typedCard, (card) => {
      fc.pre(vaultTakes(card))
      const months = (card.expiry_year - 2026) * 12 + card.expiry_month - 11
      const { form } = openForm()
      typeInto(form, card)
      assert.equal(form.check(false) === undefined, months <= 240, JSON.stringify(card))
    }),
    { numRuns: 500, maxSkipsPerRun: 1000 },
  )
})

test('the form and the vault agree on every number alone', () => {
  fc.assert(
    fc.property(cardNumber, (number) => {
      const { form, fillAll } = openForm()
      const cvv = schemeOf(number)?.cvvLength === 4 ? '1234' : '123'
      fillAll({ number, cvv })
      const typed = form.card()
      const card = { number, expiry_month: 12, expiry_year: 2030, cvv, name: 'Ada Lovelace' }
      // A number longer than its scheme's is cut while it is typed: then another one stands there.
      if (typed?.number !== undefined && typed.number !== number) assert.ok(number.startsWith(typed.number))
      else assert.equal(typed !== undefined, vaultTakes(card))
    }),
    { numRuns: 2000 },
  )
})

test('while a number is typed, nothing is told of it but scheme, leading digits and validity', () => {
  const form = createCardForm({ fields: ['number', 'expiry', 'cvv'] }, { now: () => NOW })
  const told: string[] = []
  form.onChange((state) => told.push(JSON.stringify(state)))

  // Valid at 13 digits already: 4299513832109 passes the check of a Visa.
  for (let length = 1; length <= 16; length++) form.edit('number', '4299513832109460'.slice(0, length), length)

  assert.ok(told.length > 0)
  for (const state of told) assert.doesNotMatch(state, /2109|9460|3832/)
})

test('a card that has paid is forgotten, and stays in view masked', () => {
  const form = createCardForm({ fields: ['number', 'expiry', 'cvv'] }, { now: () => NOW })
  form.edit('number', '4242424242424242', 16)
  form.edit('expiry', '12/40', 5)
  form.edit('cvv', '731', 3)
  const shown: FormPicture[] = []
  form.attach({ show: (picture) => void shown.push(picture) })

  form.spend()
  form.edit('number', '5436031030606378', 16)

  const { number, cvv, expiry } = shown.at(-1)!.fields
  assert.deepEqual([number.value, expiry.value, cvv.value], ['•••• •••• •••• 4242', '12 / 40', '•••'])
  assert.equal(form.card(), undefined)
  assert.equal(form.state().valid, true)
  form.forget('card')
  assert.equal(shown.at(-1)!.fields.number.value, '')
})
