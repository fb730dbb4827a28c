import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { REASONS } from '../src/eligibility.ts'
import {
  METHOD_NAMES,
  needsUniqueReference,
  PAYMENT_METHODS,
  type PaymentMethod,
  paymentMethod,
  type TextRule,
} from '../src/payment-methods.ts'
import { METHOD_NAMES as WIRE_NAMES } from '../src/wire/methods.ts'

const ROWS: readonly PaymentMethod[] = PAYMENT_METHODS
const REFERENCE = readFileSync(new URL('../../../docs/reference/payment-methods.md', import.meta.url), 'utf8')

test('the table has one row for every name a request may use, card first, then what pays with a card', () => {
  assert.deepEqual([...METHOD_NAMES].sort(), [...WIRE_NAMES].sort())
  assert.deepEqual(METHOD_NAMES.slice(0, 5), ['card', 'stored_card', 'applepay', 'googlepay', 'remember_me'])
})

test('a method is found by its name and by nothing else', () => {
  assert.equal(paymentMethod('ideal')?.label, 'iDEAL')
  for (const name of ['IDEAL', '', '__proto__', 'constructor']) assert.equal(paymentMethod(name), undefined)
})

test('only Benefit needs a reference no other payment has', () => {
  assert.deepEqual(METHOD_NAMES.filter(needsUniqueReference), ['benefit'])
})

test('only methods that pay with a card verify it with an amount of 0', () => {
  const verifying = ROWS.filter((method) => method.zeroAmount).map((method) => method.name)
  assert.deepEqual(verifying, ['card', 'stored_card', 'applepay', 'googlepay', 'remember_me'])
})

test('currencies are three letters, countries two, and no list names one twice', () => {
  for (const method of ROWS) {
    for (const [list, pattern] of [
      [method.currencies, /^[A-Z]{3}$/],
      [method.countries, /^[A-Z]{2}$/],
    ] as const) {
      if (list === 'all') continue
      assert.equal(new Set(list).size, list.length, method.name)
      for (const code of list) assert.match(code, pattern, method.name)
    }
  }
})

test('where a country takes only its own currency, every country of the method has one, of those of the method', () => {
  for (const method of ROWS.filter((row) => row.currencyOfCountry)) {
    const own = method.currencyOfCountry ?? {}
    assert.deepEqual(Object.keys(own).sort(), [...method.countries].sort(), method.name)
    assert.deepEqual([...new Set(Object.values(own))].sort(), [...method.currencies].sort(), method.name)
  }
})

test('the methods that need no session are the twenty-one that have a component of their own for it', () => {
  const names = ROWS.filter((method) => method.sessionless).map((method) => method.name)
  const documented = `alipay_cn alipay_hk alma bancontact benefit dana eps gcash ideal kakaopay klarna knet mbway
    multibanco octopus p24 qpay sepa swish tng truemoney`
  assert.deepEqual(names.sort(), documented.split(/\s+/))
})

test('what may be left empty is asked for, and whoever reaches some telephones only asks for one', () => {
  for (const { name, optional, collects, phoneCodes } of ROWS) {
    for (const input of optional) assert.ok(collects.includes(input), name)
    if (phoneCodes !== 'all') assert.ok(collects.includes('phone'), name)
  }
})

test('a method that captures by itself offers no void before capture', () => {
  for (const method of ROWS) assert.ok(method.capture === 'manual' || method.void !== 'before_capture', method.name)
})

test('the reference page says of every method what the data says, and names no other', () => {
  assert.deepEqual(rowsUnder('Where a method is offered'), ROWS.map(offeredRow))
  assert.deepEqual(rowsUnder('How it is paid, and what can be done afterwards'), ROWS.map(paidRow))
  assert.deepEqual(rowsUnder('Texts checked at submit'), ROWS.flatMap(textRows))
})

test('the reference page explains every reason, and no other', () => {
  const rows = Object.entries(REASONS).map(([code, { message, problem }]) =>
    row(words([code]), message, ERROR[problem]),
  )
  assert.deepEqual(rowsUnder('Reasons'), rows)
})

const ERROR: Record<string, string> = {
  none: '',
  required: '`<member>_required`',
  payment_method_not_supported: '`payment_method_not_supported`',
  currency_not_supported: '`currency_not_supported`',
  amount_invalid: '`amount_invalid`',
  items_invalid: '`items_invalid`',
}

/** The rows of the table below a heading, without its two header lines. */
function rowsUnder(heading: string): string[] {
  const section = REFERENCE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
}

function row(...cells: (string | undefined)[]): string {
  return `| ${cells.map((cell) => cell || '–').join(' | ')} |`
}

function words(list: 'all' | readonly string[]): string {
  return list === 'all' ? 'all' : list.map((word) => `\`${word}\``).join(' ')
}

function offeredRow(method: PaymentMethod): string {
  const own = method.currencyOfCountry ? ", the country's own" : ''
  return row(
    words([method.name]),
    method.label,
    plain(method.currencies) + own,
    plain(method.countries),
    plain(method.paymentTypes),
    method.needs
      .map((need) => (typeof need === 'string' ? words([need]) : need.map((one) => words([one])).join(' or ')))
      .join(', '),
    [method.fidelity, method.retired && 'retired', method.optIn && 'opt-in'].filter(Boolean).join(', '),
  )
}

function paidRow(method: PaymentMethod): string {
  return row(
    words([method.name]),
    method.kind,
    plain(
      method.collects.map((input) => collectedWords(method, input)),
      ', ',
    ),
    method.capture,
    method.void.replace('_', ' '),
    method.refund ? 'yes' : 'no',
    method.partialRefund ? 'yes' : 'no',
    duration(method.timeLimitS),
    method.sessionless ? 'yes' : 'no',
  )
}

function collectedWords({ optional, phoneCodes }: PaymentMethod, input: PaymentMethod['collects'][number]): string {
  const codes = input === 'phone' && phoneCodes !== 'all' ? ` ${phoneCodes.map((code) => `+${code}`).join(' ')}` : ''
  return input.replace('_', ' ') + codes + (optional.includes(input) ? ' (optional)' : '')
}

function textRows(method: PaymentMethod): string[] {
  const rules = [
    ['reference', method.reference],
    ['description', method.description],
  ] as const
  return rules.flatMap(([member, rule]) => (rule ? [row(words([method.name]), words([member]), sentence(rule))] : []))
}

function sentence(rule: TextRule): string {
  const parts = [
    rule.alphanumeric && (rule.alphanumeric === 'strict' ? 'letters and digits' : 'letters, digits and spaces'),
    rule.maxLength && `at most ${rule.maxLength} characters`,
    rule.unique && 'never used before by the same method',
  ]
  return parts.filter(Boolean).join(', ')
}

function plain(list: 'all' | readonly string[], between = ' '): string {
  return list === 'all' ? 'all' : list.join(between)
}

function duration(seconds: number): string {
  const [amount, unit] =
    seconds >= 86_400 ? [seconds / 86_400, 'd'] : seconds >= 3600 ? [seconds / 3600, 'h'] : [seconds / 60, 'min']
  return `${amount} ${unit}`
}
