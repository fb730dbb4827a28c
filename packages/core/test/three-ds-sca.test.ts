/** The decision about authentication is what the reference page prints: every combination is looked up there. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  decideSca,
  SCA_EXEMPTIONS,
  SCA_TABLE,
  type ScaCells,
  type ScaDecision,
  type ScaInput,
  type ScaRow,
  SERIES,
} from '../src/three-ds/decide-sca.ts'
import { ThreeDs } from '../src/wire/three-ds.ts'
import { TRANS_STATUSES } from '../src/three-ds/messages.ts'

const PAGE = readFileSync(new URL('../../../docs/reference/sca.md', import.meta.url), 'utf8')
const PAYMENT_TYPES = ['Regular', 'Recurring', 'Installment', 'Unscheduled', 'PayLater', 'MOTO']
const EXEMPTIONS = (ThreeDs.properties.exemption as unknown as { enum: string[] }).enum

const COLUMNS = [
  'shopper',
  'authentication',
  'issuer',
  'enabled',
  'attempt_n3d',
  'allow_upgrade',
  'exemption',
  'challenge',
  'amount',
] as const satisfies ReadonlyArray<keyof ScaCells>

const ANSWERS: { [Cell in keyof ScaCells]: ReadonlyArray<ScaCells[Cell]> } = {
  shopper: ['present', 'absent'],
  authentication: ['none', ...TRANS_STATUSES, 'not_enrolled', 'failed', 'timed_out', 'abandoned'],
  issuer: ['asks', 'silent'],
  enabled: ['yes', 'no'],
  attempt_n3d: ['yes', 'no'],
  allow_upgrade: ['yes', 'no'],
  exemption: ['claimed', 'none'],
  challenge: ['mandated', 'other'],
  amount: ['within', 'above'],
}

test('the page prints the table of the code, row by row', () => {
  assert.deepEqual(linesUnder('The table').slice(2), SCA_TABLE.map(printed))
})

test('every combination of answers is decided as the first printed row that agrees says', () => {
  const rows = rowsUnder('The table')
  const met = new Set<number>()
  let count = 0
  for (const cells of combinations()) {
    const at = rows.findIndex((row) => COLUMNS.every((name) => agrees(row[name] ?? '', cells[name])))
    assert.notEqual(at, -1, JSON.stringify(cells))
    met.add(at)
    for (const input of inputsOf(cells)) {
      assert.equal(wordsOf(decideSca(input)), rows[at]?.['decision'], JSON.stringify(cells))
      count++
    }
  }
  assert.equal(met.size, rows.length, 'a row that never decides')
  assert.ok(count > 3_000)
})

test('whether the shopper takes part, and whether a series begins, follows from the printed payment types', () => {
  const rows = rowsUnder('Payment types')
  assert.deepEqual(
    rows.map((row) => row['payment_type']),
    PAYMENT_TYPES,
  )
  for (const { payment_type: paymentType = '', shopper, challenge } of rows) {
    for (const merchantInitiated of [false, true]) {
      const decision = decideSca({ ...usual(), paymentType, merchantInitiated })
      const shouted = { ...usual(), paymentType: paymentType.toUpperCase(), merchantInitiated }
      assert.deepEqual(decideSca(shouted), decision)
      const expected = shopper === 'absent' || merchantInitiated ? 'authorize' : 'authenticate'
      assert.equal(decision.do, expected, paymentType)
      if (decision.do === 'authenticate') {
        assert.equal(decision.challenge, challenge === 'mandated' ? 'mandated' : 'as_wished', paymentType)
      }
    }
    assert.equal(challenge === 'mandated', SERIES.includes(paymentType.toLowerCase()))
  }
})

test('an exemption is claimed within its printed limit only, for every exemption, amount and currency', () => {
  const rows = rowsUnder('Exemptions')
  assert.deepEqual(rows.map((row) => row['exemption']).sort(), [...EXEMPTIONS].sort())
  for (const { exemption = '', spares, 'up to': upTo = '', 'amount 0': zero } of rows) {
    const limits = new Map(
      [...upTo.matchAll(/([A-Z]{3}) (\d+)/g)].map(([, currency = '', limit = '']) => [currency, Number(limit)]),
    )
    for (const currency of ['EUR', 'GBP', 'USD', 'JPY']) {
      for (const amount of [0, 1, 2_500, 2_501, 3_000, 3_001, 44_000, 44_001, 50_000, 50_001, 999_999_999_999]) {
        const withinLimit = upTo === 'any amount' || amount <= (limits.get(currency) ?? -1)
        const claimed = spares === 'yes' && (amount === 0 ? zero === 'yes' : withinLimit)
        for (const enabled of [true, false]) {
          const decision = decideSca({ ...usual(), amount, currency, threeDs: { enabled, exemption } })
          const otherwise = enabled ? 'authenticate' : 'authorize'
          const place = `${exemption} ${amount} ${currency}`
          assert.equal(decision.do, claimed ? 'authorize_with_exemption' : otherwise, place)
          if (decision.do === 'authorize_with_exemption') assert.equal(decision.exemption, exemption)
        }
      }
    }
  }
})

test('the page’s limits are those of the code', () => {
  const sparing = rowsUnder('Exemptions').filter((row) => row['spares'] === 'yes')
  assert.deepEqual(
    sparing.map((row) => [row['exemption'], row['up to'], row['amount 0']]),
    [...SCA_EXEMPTIONS].map(([name, { upTo, zero }]) => [
      name,
      upTo === undefined
        ? 'any amount'
        : Object.entries(upTo)
            .map((pair) => pair.join(' '))
            .join(', '),
      zero ? 'yes' : 'no',
    ]),
  )
})

test('what the merchant leaves out is as the API’s defaults say: an upgrade is allowed, nothing else', () => {
  const asked = decideSca({ ...usual(), threeDs: { enabled: false }, scaDemanded: true })
  assert.deepEqual(asked, { do: 'authenticate', stepUp: true, challenge: 'mandated' })
  const undone = { result: 'U' as const, amount: 1_000, currency: 'GBP' }
  assert.deepEqual(decideSca({ ...usual(), authentication: undone }), { do: 'decline', code: '20153' })
  assert.deepEqual(decideSca({ ...usual(), threeDs: { enabled: false } }), {
    do: 'authorize',
    authenticated: false,
    downgraded: false,
  })
})

function usual(): ScaInput {
  return {
    paymentType: 'Regular',
    merchantInitiated: false,
    amount: 1_000,
    currency: 'GBP',
    threeDs: { enabled: true },
    scaDemanded: false,
  }
}

function* combinations(): Generator<ScaCells> {
  let partial: Array<Record<string, string>> = [{}]
  for (const name of COLUMNS) {
    partial = partial.flatMap((cells) => ANSWERS[name].map((answer) => ({ ...cells, [name]: answer })))
  }
  yield* partial as unknown as ScaCells[]
}

/** Inputs from which these answers follow; none when no input can have them. */
function inputsOf(cells: ScaCells): ScaInput[] {
  const { authentication } = cells
  if (authentication === 'none' && cells.amount === 'above') return []
  const input: ScaInput = {
    ...usual(),
    threeDs: {
      enabled: cells.enabled === 'yes',
      attemptN3d: cells.attempt_n3d === 'yes',
      allowUpgrade: cells.allow_upgrade === 'yes',
      exemption: cells.exemption === 'claimed' ? 'low_value' : 'trusted_listing',
      challengeIndicator: cells.challenge === 'mandated' ? 'challenge_requested_mandate' : 'challenge_requested',
    },
    scaDemanded: cells.issuer === 'asks',
  }
  const authenticated = (amount: number, currency: string): ScaInput =>
    authentication === 'none' ? input : { ...input, authentication: { result: authentication, amount, currency } }
  const amounts =
    cells.amount === 'within'
      ? [authenticated(1_000, 'GBP'), authenticated(1_001, 'GBP')]
      : [authenticated(999, 'GBP'), authenticated(0, 'GBP'), authenticated(1_000, 'EUR')]
  return amounts.flatMap((one) =>
    cells.shopper === 'present'
      ? [one]
      : [
          { ...one, paymentType: 'MOTO' },
          { ...one, merchantInitiated: true },
        ],
  )
}

function wordsOf(decision: ScaDecision): string {
  switch (decision.do) {
    case 'authenticate':
      return decision.stepUp ? 'authenticate, stepping up' : 'authenticate'
    case 'authorize_with_exemption':
      return 'authorize with exemption'
    case 'authorize':
      if (decision.authenticated) return 'authorize as authenticated'
      return decision.downgraded ? 'authorize, downgraded' : 'authorize'
    case 'decline':
      return `decline ${decision.code}`
  }
}

function agrees(printedCell: string, answer: string): boolean {
  return printedCell === 'any' || printedCell.split(' ').includes(answer)
}

function printed({ when, outcome, because }: ScaRow): string {
  const cells = COLUMNS.map((name) => (when[name] as readonly string[] | undefined)?.join(' ') ?? 'any')
  return `| ${[...cells, outcome, because].join(' | ')} |`
}

function linesUnder(heading: string): string[] {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return section.split('\n').filter((line) => line.startsWith('|'))
}

function rowsUnder(heading: string): Array<Record<string, string>> {
  const [head = '', , ...lines] = linesUnder(heading)
  const cellsOf = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''))
  const names = cellsOf(head)
  return lines.map((line) => Object.fromEntries(cellsOf(line).map((cell, at) => [names[at] ?? '', cell])))
}
