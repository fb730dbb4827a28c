/** What the shop is told when something stops an attempt: see `golden/`. */
import { test } from 'node:test'
import { refusals } from './golden/refusals.ts'
import { playAll } from './golden/stage.ts'

test('the shop is told of each refusal exactly what is written down of it', (t) => playAll(t, () => refusals))
