/** What the guides and reference pages list is what the code does, both ways. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as schedule from '@sluice/server/operations/schedule'
import { SANDBOX_CHANNEL, SANDBOX_ENTITY, SANDBOX_KEYS } from '@sluice/server/operations/seed'
import { brandOf } from '@sluice/simulator/issuer/brands'
import { TEST_CARDS } from '@sluice/simulator/issuer/cards'
import { LIST_RULES } from '@sluice/simulator/issuer/risk'
import { threeDsBehaviour } from '@sluice/simulator/issuer/three-ds-cards'
import { VELOCITY_RULES } from '@sluice/simulator/issuer/velocity'
import { verificationCode } from '@sluice/simulator/issuer/verification-cards'
import { parseSwitches } from '@sluice/core/switches'

const SIMULATOR_GUIDE = 'guide/testing-with-the-simulator.md'

test('the guide lists every test card with its brand and code', () => {
  const listed = rows(SIMULATOR_GUIDE, '## Cards').map(([number, brand, code]) => [number, brand, code])
  assert.deepEqual(
    listed,
    TEST_CARDS.map(({ number, code }) => [`\`${number}\``, brandOf(number).scheme, code]),
  )
})

test('the guide says of every card with an exception what it is', () => {
  const notes = new Map(rows(SIMULATOR_GUIDE, '## Cards').map((row) => [bare(row[0]), row[4] ?? '']))
  for (const { number, atAmount, whenExpired, followupCode, partial } of TEST_CARDS) {
    const note = notes.get(number) ?? ''
    for (const said of [atAmount?.code, atAmount && String(atAmount.amount), whenExpired, followupCode]) {
      if (said !== undefined) assert.ok(note.includes(said), `${number}: ${said} is not in "${note}"`)
    }
    assert.equal(note.includes('half'), partial === true, number)
  }
})

test('the verification cards of the guide answer as it says', () => {
  const listed = rows(SIMULATOR_GUIDE, '### Verification')
  assert.ok(listed.length > 0)
  for (const [number, code] of listed) assert.equal(verificationCode(bare(number)), code, number)
})

test('the 3-D Secure cards of the guide behave as it says', () => {
  const meanings: Record<string, ReturnType<typeof threeDsBehaviour>> = {
    'authenticates without asking': { flow: 'frictionless', result: 'Y' },
    'does not authenticate': { flow: 'frictionless', result: 'N' },
    'cannot say': { flow: 'frictionless', result: 'U' },
    attempts: { flow: 'frictionless', result: 'A' },
    rejects: { flow: 'frictionless', result: 'R' },
    'has not enrolled the card': { flow: 'not_enrolled' },
    "cannot be reached: the scheme's directory is down": { flow: 'scheme_error' },
  }
  const listed = rows(SIMULATOR_GUIDE, '### 3-D Secure')
  assert.deepEqual(new Set(listed.map(([, does]) => does)), new Set(Object.keys(meanings)))
  for (const [number, does = ''] of listed) assert.deepEqual(threeDsBehaviour(bare(number)), meanings[does], number)
})

test('the guide lists every risk rule, and no other', () => {
  const listedAs = (listed: readonly string[]) => listed.map((one) => `\`${one}\``).join(' ')
  assert.deepEqual(
    rows(SIMULATOR_GUIDE, '### Lists'),
    LIST_RULES.map(({ by, listed, code = '–', score }) => [by, listedAs(listed), code, String(score)]),
  )
  const window = (s: number) => (s >= 86_400 ? `P${s / 86_400}D` : s >= 3600 ? `PT${s / 3600}H` : `PT${s / 60}M`)
  assert.deepEqual(
    rows(SIMULATOR_GUIDE, '### Velocity'),
    VELOCITY_RULES.map(({ by, listed, most, withinS, code = '–', score }) => [
      by,
      listedAs(listed),
      String(most),
      window(withinS),
      code,
      String(score),
    ]),
  )
})

test('the guide lists every switch, and the simulator takes each of them', () => {
  const examples: Record<string, string> = { MS: '100', CODE: '20051', SECONDS: '60', AMOUNT: '500' }
  const listed = rows(SIMULATOR_GUIDE, '## Switches').map(([word]) => bare(word))
  for (const word of listed) {
    const text = word.replaceAll(/[A-Z]+/g, (name) => examples[name] ?? name)
    assert.ok('switches' in parseSwitches(text), `the simulator refuses ${text}`)
  }
  const source = readFileSync(new URL('../packages/simulator/src/switches.ts', import.meta.url), 'utf8')
  const known = Array.from(source.matchAll(/^ {2}([a-z0-9_]+): [{/]/gm), ([, name]) => name as string)
  assert.deepEqual(new Set(listed.map((word) => word.split(':')[0])), new Set(known))
})

test('the published keys of the guides are those that are seeded', () => {
  const pages = ['guide/getting-started.md', 'guide/official-sdks.md', SIMULATOR_GUIDE].map(page).join('\n')
  const published = [...Object.values(SANDBOX_KEYS), SANDBOX_CHANNEL, SANDBOX_ENTITY]
  for (const key of published) assert.ok(pages.includes(key), key)
  for (const [id] of pages.matchAll(/\b(?:sk|pk|ack|pc|ent)_[a-z2-7_]{20,}\b/g)) assert.ok(published.includes(id), id)
})

test('the schedules page says what the schedule says', () => {
  const tries = rows('reference/schedules.md', '## Asking again')
  assert.deepEqual(
    tries.map(([, seconds]) => Number(seconds)),
    [...schedule.ASK_SCHEDULE_S],
  )
  const { ASK_SCHEDULE_S: _tries, nextAskInS: _next, ...values } = schedule
  const listed = rows('reference/schedules.md', '## The other times').map(([, name, value]) => [
    bare(name),
    Number(value),
  ])
  assert.deepEqual(Object.fromEntries(listed), { ...values })
})

function page(name: string): string {
  return readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
}

/** The cells of the first table under a heading. */
function rows(name: string, heading: string): string[][] {
  const [, section = ''] = page(name).split(`\n${heading}\n`)
  const [, table = ''] = /\n\|[^\n]*\n\| ---[^\n]*\n((?:\|[^\n]*\n)+)/.exec(section) ?? []
  return table
    .trim()
    .split('\n')
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}

function bare(cell = ''): string {
  return cell.replaceAll('`', '')
}
