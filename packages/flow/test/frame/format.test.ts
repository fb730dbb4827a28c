import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schemeOf } from '@sluice/core/cards'
import fc from 'fast-check'
import {
  type Change,
  digitsOf,
  type Edited,
  expiryOf,
  formatCvv,
  formatExpiry,
  formatName,
  formatNumber,
} from '../../src/frame/format.ts'

type Format = (typed: Edited, before: string, change?: Change) => Edited

/** Types, deletes and pastes as a browser does, `|` being the caret. */
function keyboard(format: Format, start = '|') {
  let caret = start.indexOf('|')
  let text = start.replace('|', '')
  const show = (typed: Edited, change?: Change) => {
    const shown = format(typed, text, change)
    text = shown.text
    caret = shown.caret
  }
  const hand = {
    insert(chunk: string, change?: Change) {
      show({ text: text.slice(0, caret) + chunk + text.slice(caret), caret: caret + chunk.length }, change)
      return hand
    },
    paste: (chunk: string) => hand.insert(chunk, 'pasted'),
    type(keys: string) {
      for (const key of keys) hand.insert(key)
      return hand
    },
    backspace() {
      if (caret > 0) show({ text: text.slice(0, caret - 1) + text.slice(caret), caret: caret - 1 }, 'backward')
      return hand
    },
    del() {
      if (caret < text.length) show({ text: text.slice(0, caret) + text.slice(caret + 1), caret }, 'forward')
      return hand
    },
    get shown() {
      return `${text.slice(0, caret)}|${text.slice(caret)}`
    },
  }
  return hand
}

const number = (start?: string) => keyboard(formatNumber, start)
const expiry = (start?: string) => keyboard(formatExpiry, start)

test('a number is grouped as its scheme prints it while it is typed', () => {
  assert.equal(number().type('4242424242424242').shown, '4242 4242 4242 4242|')
  assert.equal(number().type('378282246310005').shown, '3782 822463 10005|')
  assert.equal(number().type('36160940933914').shown, '3616 094093 3914|')
  assert.equal(number().type('6011201559638046790').shown, '6011 2015 5963 8046 790|')
  assert.equal(number().type('4242').shown, '4242|')
})

test('a number stops at the longest of its scheme', () => {
  assert.equal(number().type('3782822463100059').shown, '3782 822463 10005|')
  assert.equal(number().type('54360310306063781').shown, '5436 0310 3060 6378|')
})

test('a digit too many in the middle of a whole number is the one to go', () => {
  assert.equal(number('5436 |0310 3060 6378').type('9').shown, '5436| 0310 3060 6378')
})

test('a number is taken from a paste with any separators and any decimal digits', () => {
  assert.equal(number().paste('4242-4242-4242-4242').shown, '4242 4242 4242 4242|')
  assert.equal(number().paste('\u200e4242.4242.4242.4242\n').shown, '4242 4242 4242 4242|')
  assert.equal(number().paste('４２４２　４２４２　４２４２　４２４２').shown, '4242 4242 4242 4242|')
  assert.equal(number().type('٤٢٤٢').shown, '4242|')
})

test('of a whole card that is pasted the number is taken', () => {
  assert.equal(number().paste('4242 4242 4242 4242 12/30 123').shown, '4242 4242 4242 4242|')
  assert.equal(number().paste('Card: 3782 822463 10005, exp 12/30').shown, '3782 822463 10005|')
  assert.equal(number('4242 4242 4242 4242|').paste(' 12/30 123').shown, '4242 4242 4242 4242|')
  assert.equal(number().paste('6011201559638046790').shown, '6011 2015 5963 8046 790|')
})

test('Backspace and Delete take the digit beyond a space along', () => {
  assert.equal(number('4242 |4242').backspace().shown, '424|4 242')
  assert.equal(number('4242| 4242').del().shown, '4242| 242')
  assert.equal(number('4242 4|').backspace().shown, '4242|')
  assert.equal(number('4242| 4242').backspace().shown, '424|4 242')
})

test('an expiry date is written as month and year while it is typed', () => {
  const typed = { '2': '02 / |', '1': '1|', '12': '12 / |', '1/': '01 / |', '0': '0|', '00': '0|', '13': '01 / 3|' }
  for (const [keys, shown] of Object.entries(typed)) assert.equal(expiry().type(keys).shown, shown, keys)
})

test('an expiry date is understood however it is typed, pasted or filled in', () => {
  for (const text of ['1230', '12/30', '12/2030', '12-2030', '122030', '12 / 30', '12.30', '１２／３０']) {
    assert.equal(expiry().type(text).shown, '12 / 30|', `typed ${text}`)
    assert.equal(expiry().paste(text).shown, '12 / 30|', `pasted ${text}`)
  }
  for (const text of ['2030-12', '2030-12-31', '2030/12', '203012']) {
    assert.equal(expiry().paste(text).shown, '12 / 30|', `pasted ${text}`)
  }
  for (const text of ['1/30', '1/2030', '01/30', '2030-01']) {
    assert.equal(expiry().paste(text).shown, '01 / 30|', `pasted ${text}`)
  }
  assert.equal(expiry().type('3/27').shown, '03 / 27|')
})

test('Backspace works its way through an expiry date', () => {
  const hand = expiry('12 / 30|')
  const seen = ['12 / 3|', '12 / |', '1|', '|']
  for (const shown of seen) assert.equal(hand.backspace().shown, shown)
  assert.equal(expiry().type('2').backspace().shown, '0|')
})

test('a date is whole with month and two digits of year', () => {
  assert.deepEqual(expiryOf('12 / 30'), { month: 12, year: 2030 })
  for (const text of ['', '1', '12 / ', '12 / 3', '12 / 203']) assert.equal(expiryOf(text), undefined)
})

test('a security code has as many digits as its scheme prints', () => {
  assert.deepEqual(formatCvv({ text: '12a345', caret: 6 }, 3), { text: '123', caret: 3 })
  assert.deepEqual(formatCvv({ text: '12345', caret: 2 }), { text: '1234', caret: 2 })
})

test('a name stays as it is written, in one line', () => {
  assert.deepEqual(formatName({ text: 'Zoë\tD’Arcy', caret: 3 }), { text: 'Zoë D’Arcy', caret: 3 })
  assert.equal(formatName({ text: 'x'.repeat(300), caret: 300 }).text.length, 255)
  assert.equal(formatName({ text: `${'x'.repeat(254)}😀`, caret: 0 }).text.length, 254)
})

const someText = fc.string({
  unit: fc.constantFrom(...'0123456789', ' ', '-', '/', 'x', '４', '٤'),
  maxLength: 40,
})
const typedText = someText.chain((text) => fc.nat(text.length).map((caret) => ({ text, caret })))

test('whatever is typed, the digits shown are the first of those typed', () => {
  fc.assert(
    fc.property(typedText, fc.boolean(), (typed, pasted) => {
      const { text } = formatNumber(typed, '', pasted ? 'pasted' : undefined)
      assert.match(text, /^(\d+( \d+)*)?$/)
      const digits = digitsOf(typed.text)
      if (digits.length < 12) assert.equal(digitsOf(text), digits)
      else assert.ok(digits.includes(digitsOf(text)))
      assert.ok(digitsOf(text).length <= Math.max(...(schemeOf(digitsOf(text))?.lengths ?? [19])))
    }),
  )
})

test('the caret stands after the same digit as before', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789 '), maxLength: 11 }), fc.nat(11), (text, at) => {
      const caret = Math.min(at, text.length)
      const shown = formatNumber({ text, caret }, '')
      assert.equal(digitsOf(shown.text.slice(0, shown.caret)), digitsOf(text.slice(0, caret)))
    }),
  )
})

test('what is shown is shown again unchanged, with the caret at any place in it', () => {
  const cvv: Format = (typed) => formatCvv(typed)
  for (const format of [formatNumber, formatExpiry, cvv, formatName] as Format[]) {
    fc.assert(
      fc.property(typedText, (typed) => {
        const once = format(typed, '')
        assert.ok(once.caret >= 0 && once.caret <= once.text.length)
        assert.equal(format(once, once.text).text, once.text)
      }),
    )
  }
})

test('each Backspace and each Delete takes exactly one digit of a number', () => {
  const anyNumber = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 16 })
  fc.assert(
    fc.property(anyNumber, fc.nat(20), fc.boolean(), (digits, at, back) => {
      const { text } = formatNumber({ text: digits, caret: 0 }, '')
      const caret = Math.min(at, text.length)
      const hand = number(`${text.slice(0, caret)}|${text.slice(caret)}`)
      const { shown } = back ? hand.backspace() : hand.del()
      const atEdge = caret === (back ? 0 : text.length)
      assert.equal(digitsOf(shown).length, digitsOf(text).length - (atEdge ? 0 : 1))
    }),
  )
})

test('Backspace empties any expiry date', () => {
  fc.assert(
    fc.property(someText, (keys) => {
      const hand = expiry().type(keys)
      for (let press = 0; press < 12; press++) hand.backspace()
      assert.equal(hand.shown, '|')
    }),
  )
})
