/** What the shop is told of every way that an attempt can end, in order and with all arguments: see `golden/`. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Sluice } from '../support/sluice.ts'
import { moments } from './golden/moments.ts'
import { outcomes, sessionless } from './golden/outcomes.ts'
import { refusals } from './golden/refusals.ts'
import { playAll } from './golden/stage.ts'

test('the shop is told of each end of an attempt exactly what is written down of it', (t) =>
  playAll(t, (sluice) => [...outcomes, ...sessionless(sluice)]))

test('each file that was written down is played', () => {
  const unused = {} as Sluice
  const played = [...outcomes, ...sessionless(unused), ...refusals, ...moments(unused)].map(({ name }) => `${name}.txt`)
  const files = readdirSync(join(import.meta.dirname, 'golden')).filter((name) => name.endsWith('.txt'))
  assert.deepEqual(files.sort(), played.sort())
})
