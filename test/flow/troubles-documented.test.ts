/** What the reference says about troubles is what the tests play, both ways, in words the shopper reads. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { wordsOf } from './support-troubles.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/reference/flow-troubles.md'), 'utf8')
const rows = DOCUMENT.split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (situation|---)/.test(line))
  .map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  )

test('each row of the troubles names a test that plays it, and each test has its row', () => {
  const titles = ['networks', 'loading', 'pages'].flatMap((name) => {
    const source = readFileSync(join(import.meta.dirname, `${name}.test.ts`), 'utf8')
    return [...source.matchAll(/^ {4}title:\s*(['"])(.+)\1,$/gm)].map(([, , title]) => title)
  })
  assert.ok(titles.length > 40)
  assert.deepEqual(rows.map(([, , , , title]) => title).sort(), titles.sort())
})

test('each message of the troubles is one that the shopper can read', () => {
  const texts = Object.values(wordsOf('en-GB'))
  const quoted = [
    ...rows
      .map(([, seen = '']) => seen)
      .join('\n')
      .matchAll(/"([^"]+)"/g),
  ].map(([, text]) => text as string)
  assert.ok(quoted.length > 30)
  assert.deepEqual(
    quoted.filter((text) => !texts.includes(text)),
    [],
  )
})
