import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { REASONS } from '@sluice/core/eligibility'
import { EVENT_SOURCES } from '@sluice/core/events'
import { errorsReference, everyCode, PAGE } from '../scripts/errors-reference.ts'

const PACKAGES = new URL('../packages/', import.meta.url)

const EVENT_TYPES = EVENT_SOURCES.flatMap(({ events }) => events.map(({ id }) => id))

/** Words of other vocabularies that look like codes: states, a bank's own answers, reasons of eligibility, types of events. */
const NOT_CODES = new Set([
  'action_required',
  'payment_expired',
  'payment_not_found',
  ...Object.keys(REASONS),
  ...EVENT_TYPES,
])

const explained = () =>
  new Set(Array.from(readFileSync(PAGE, 'utf8').matchAll(/^\| `([a-z0-9_]+)` \|/gm), ([, code]) => code as string))

test('the reference page of errors is what the catalogue and the schemas make (node scripts/errors-reference.ts)', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), errorsReference())
})

test('every code the server can answer is on the page', () => {
  const page = explained()
  assert.deepEqual(
    [...everyCode()].filter((code) => !page.has(code)),
    [],
  )
})

test('every code that is written out in the source is on the page', () => {
  const page = explained()
  const missing = new Set<string>()
  for (const room of ['core', 'server', 'sealing']) {
    const folder = new URL(`${room}/src/`, PACKAGES)
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue
      const source = readFileSync(new URL(name, folder), 'utf8')
      for (const [, code = ''] of source.matchAll(
        /'([a-z0-9_]+_(?:invalid|required|not_allowed|not_supported|expired|changed|exceeded|not_found|reused))'/g,
      )) {
        if (!page.has(code) && !NOT_CODES.has(code)) missing.add(`${code} in ${room}/src/${name}`)
      }
    }
  }
  assert.deepEqual([...missing], [])
})
