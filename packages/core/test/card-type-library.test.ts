import assert from 'node:assert/strict'
import test from 'node:test'
import { typeStarting } from '@sluice/core/card-type-library'
import creditCardType from 'credit-card-type'

const LONGEST = 8

/** The same text of digits at a length: cut, or filled up. */
const ofLength = (digits: string, length: number, fill: string) => digits.slice(0, length).padEnd(length, fill)

/**
 * All leading digits of up to three digits; of more, those where what they belong to can change: the bounds of every pattern of the
 * library, and their neighbours. Between them nothing is compared with anything.
 */
function prefixes(): Set<string> {
  const found = new Set<string>()
  for (let length = 1; length <= 3; length++)
    for (let number = 0; number < 10 ** length; number++) found.add(String(number).padStart(length, '0'))
  const patterns = Object.values(creditCardType.types).flatMap((type) => creditCardType.getTypeInfo(type).patterns)
  for (const pattern of patterns) {
    const [from, to] = [pattern].flat().map(String) as [string, string?]
    for (let length = 4; length <= LONGEST; length++) {
      for (const bound of [ofLength(from, length, '0'), ofLength(to ?? from, length, '9')]) {
        for (const beside of [-1, 0, 1]) found.add(String(Number(bound) + beside).padStart(length, '0'))
      }
    }
  }
  return found
}

test('the parts of the library say of all leading digits what the whole says', () => {
  const all = prefixes()
  assert.ok(all.size > 2500, `${all.size}`)
  for (const digits of all) {
    const [whole] = creditCardType(digits)
    assert.deepEqual(typeStarting(digits), whole, digits)
  }
})
