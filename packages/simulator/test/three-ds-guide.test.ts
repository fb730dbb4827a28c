/** What the guide to 3-D Secure lists is what the simulator does. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { LOCALES } from '@sluice/core/locales'
import { brandOf } from '../src/issuer/brands.ts'
import { THREE_DS_CARDS } from '../src/issuer/three-ds-cards.ts'
import { textsFor } from '../src/pages/texts.ts'
import { parseSwitches } from '@sluice/core/switches'
import { PARTICIPANTS } from '../src/three-ds/card-ranges.ts'
import { RIGHT_ANSWERS } from '../src/three-ds/challenge.ts'
import { challengeTextsFor } from '../src/three-ds/texts.ts'

const GUIDE = readFileSync(new URL('../../../docs/guide/three-d-secure.md', import.meta.url), 'utf8')

/** The rows of a table, by its first column's name. */
function rowsOf(firstColumn: string): string[][] {
  const lines = GUIDE.split('\n')
  const head = lines.findIndex((line) => line.startsWith(`| ${firstColumn} |`))
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('|'))
  return lines.slice(head + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

test('the guide lists every card of 3-D Secure with what it does', () => {
  const expected = THREE_DS_CARDS.flatMap(({ behaviour, numbers }) =>
    numbers.map((number) => {
      const { scheme, eci } = brandOf(number)
      if (behaviour.flow === 'not_enrolled') return [number, scheme, 'not enrolled', '–', '–']
      if (behaviour.flow === 'scheme_error') return [number, scheme, 'Erro 405', '–', '–']
      const { result } = behaviour
      const indicator = result === 'Y' ? eci.authenticated : result === 'A' ? eci.attempted : eci.none
      return behaviour.flow === 'challenge'
        ? [number, scheme, 'C', result, indicator]
        : [number, scheme, result, '–', indicator]
    }),
  )
  assert.deepEqual(rowsOf('number'), expected)
})

test('the guide lists the versions and method pages of every brand', () => {
  assert.deepEqual(
    rowsOf('brand'),
    PARTICIPANTS.map(({ scheme, versions, method }) => [scheme, versions.join(', '), method ? 'yes' : 'no']),
  )
})

test('the guide lists every switch of 3-D Secure, and words that mean nothing are refused', () => {
  const words = rowsOf('word').map(([word = '']) => word)
  for (const word of words) assert.deepEqual(parseSwitches(word), { switches: Object.fromEntries([word.split(':')]) })
  const names = new Set(words.map((word) => word.split(':')[0]))
  assert.deepEqual([...names], ['challenge', 'challenge.kind', 'method', 'acs', 'ds', 'rreq', 'transstatus', 'page'])
  for (const bad of [
    'challenge',
    'challenge:maybe',
    'challenge.kind:',
    'rreq:lost:1',
    'transstatus:X',
    'transstatus:YN',
  ]) {
    assert.deepEqual(parseSwitches(bad), { unknown: bad })
  }
})

test('the right answers are those the guide promises', () => {
  for (const { text } of Object.values(RIGHT_ANSWERS)) assert.ok(GUIDE.includes(`\`${text}\``), text)
  for (const text of ['Continue', 'Cancel', 'I have approved in my app']) {
    assert.ok(GUIDE.includes(`“${text}”`), text)
    assert.ok(Object.values(challengeTextsFor('en-GB').texts).includes(text))
  }
})

test('the bank’s pages have texts in every language of the card form', () => {
  const titles = LOCALES.map((locale) => {
    const { lang, texts } = challengeTextsFor(locale)
    assert.equal(lang, locale)
    for (const text of Object.values({ ...textsFor(locale).texts, ...texts })) assert.notEqual(text, '')
    assert.ok(textsFor(locale).texts.redirectTitle.includes('{method}'), locale)
    return texts.title
  })
  // Chinese in Hong Kong and Taiwan share their title.
  assert.equal(new Set(titles).size, LOCALES.length - 1)
})
