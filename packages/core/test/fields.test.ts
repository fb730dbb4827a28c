import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { membersOf } from '../src/wire/codes.ts'
import { BODIES } from './bodies.ts'

const ROOT = new URL('../../../', import.meta.url)

interface Row {
  field: string
  on: string
  effect: string
  shownBy: string
}

const ROWS: Row[] = readFileSync(new URL('docs/reference/fields.md', ROOT), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [field = '', on = '', effect = '', shownBy = ''] = line.slice(2, -2).split(' | ')
    return { field: field.replaceAll('`', ''), on, effect, shownBy }
  })

/** Every member of every kind of body, and the kinds that have it: `C`, `S`, `K`. */
const MEMBERS = new Map<string, Set<string>>()
for (const [kind, letter] of [
  ['create', 'C'],
  ['submit', 'S'],
  ['complete', 'K'],
] as const) {
  for (const { path } of membersOf(BODIES[kind])) {
    const name = path.join('.')
    MEMBERS.set(name, (MEMBERS.get(name) ?? new Set()).add(letter))
  }
}

/** The row of a member: its own, else the nearest one above that ends in `.*`. */
function rowOf(member: string): Row | undefined {
  const own = ROWS.find(({ field }) => field === member)
  const above = ROWS.filter(({ field }) => field.endsWith('.*') && `${member}.`.startsWith(field.slice(0, -1)))
  return own ?? above.toSorted((a, b) => b.field.length - a.field.length)[0]
}

test('every member of a request has a row in the list of fields', () => {
  assert.deepEqual(
    [...MEMBERS.keys()].filter((member) => !rowOf(member)),
    [],
  )
})

test('every row of the list of fields stands for a member, and none stands there twice', () => {
  const used = new Set([...MEMBERS.keys()].map((member) => rowOf(member)))
  assert.deepEqual(
    ROWS.filter((row) => !used.has(row)).map(({ field }) => field),
    [],
  )
  assert.equal(new Set(ROWS.map(({ field }) => field)).size, ROWS.length)
})

test('the list says of each field on which requests it may be sent', () => {
  for (const [member, letters] of MEMBERS) {
    const said = ['C', 'S', 'K'].filter((letter) => rowOf(member)?.on.includes(letter))
    assert.deepEqual(
      said,
      ['C', 'S', 'K'].filter((letter) => letters.has(letter)),
      member,
    )
  }
})

test('every row says what the field does, and the test that shows it exists', () => {
  const tests = new Set(
    globSync(['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'], { cwd: fileURLToPath(ROOT) }).flatMap((file) =>
      testsIn(file),
    ),
  )
  for (const { field, effect, shownBy } of ROWS) {
    assert.match(effect, /\w.*\.$/, field)
    assert.ok(tests.has(shownBy), `${field} names a test that does not exist: ${shownBy}`)
  }
})

function testsIn(file: string): string[] {
  const source = readFileSync(new URL(file, ROOT), 'utf8')
  return [...source.matchAll(/^ *(?:await t\.)?test\(\s*(['"`])(.*?)\1,/gm)].map(([, , name]) => name as string)
}
