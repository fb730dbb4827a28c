/** What the shop is told of what happens beside an attempt: see `golden/`. */
import { test } from 'node:test'
import { moments } from './golden/moments.ts'
import { playAll } from './golden/stage.ts'

test('the shop is told of all else exactly what is written down of it', (t) => playAll(t, moments))
