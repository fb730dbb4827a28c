/** ISO 8601 durations: read as they are written, and added as a calendar does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addDuration, parseDuration } from '../src/durations.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

test('a duration says its months and its milliseconds', () => {
  for (const [text, months, milliseconds] of [
    ['PT61M', 0, 61 * 60_000],
    ['P1DT2H', 0, DAY_MS + 2 * HOUR_MS],
    ['P2W', 0, 14 * DAY_MS],
    ['P1Y2M', 14, 0],
    ['P1Y2M3W4DT5H6M7.089S', 14, 25 * DAY_MS + 5 * HOUR_MS + 6 * 60_000 + 7089],
    ['PT0,5S', 0, 500],
    ['PT0.0009S', 0, 0],
    ['P0D', 0, 0],
    ['-P1M', -1, 0],
    ['PT-0.5S', 0, -500],
    ['-PT-1S', 0, 1000],
    ['+P1D', 0, DAY_MS],
    ['P1DT-1H', 0, 23 * HOUR_MS],
  ] as const) {
    const read = parseDuration(text)
    // Minus nought is nought.
    assert.deepEqual(
      read && { months: read.months + 0, milliseconds: read.milliseconds + 0 },
      { months, milliseconds },
      text,
    )
  }
})

test('what is no duration is none', () => {
  for (const text of [
    '',
    'P',
    'PT',
    '1D',
    'P1',
    'P1H',
    'PT1D',
    'P1D2H',
    'PT1M1H',
    'PT1H1H',
    'P1.5D',
    'PT.5S',
    'p1d',
    ' P1D',
    'P1D ',
    'P1DT',
    'P-D',
    'P1234567890D',
  ]) {
    assert.equal(parseDuration(text), undefined, text)
  }
})

test('months are of the calendar: a day that the month does not have is its last', () => {
  for (const [from, text, to] of [
    ['2027-01-31T10:00:00.000Z', 'P1M', '2027-02-28T10:00:00.000Z'],
    ['2028-01-31T10:00:00.000Z', 'P1M', '2028-02-29T10:00:00.000Z'],
    ['2028-02-29T10:00:00.000Z', 'P1Y', '2029-02-28T10:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', 'P2M', '2027-02-28T23:59:59.999Z'],
    ['2027-01-31T10:00:00.000Z', 'P1MT1H', '2027-02-28T11:00:00.000Z'],
    ['2027-03-31T10:00:00.000Z', '-P1M', '2027-02-28T10:00:00.000Z'],
    ['2026-11-22T10:00:00.250Z', 'P1DT2H', '2026-11-23T12:00:00.250Z'],
    // Where clocks in Europe go forward: a day has 24 hours all the same.
    ['2027-03-28T00:30:00.000Z', 'P1D', '2027-03-29T00:30:00.000Z'],
  ] as const) {
    const duration = parseDuration(text)
    assert.ok(duration)
    assert.equal(new Date(addDuration(Date.parse(from), duration)).toISOString(), to, `${from} ${text}`)
  }
  assert.ok(Number.isNaN(addDuration(0, { months: 12 * 300_000, milliseconds: 0 })))
})

test('a positive duration goes forward and its negative back', () => {
  const part = fc.nat(10_000)
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
      part,
      part,
      part,
      (from, d, h, s) => {
        const text = `P${d}DT${h}H${s}S`
        const by = parseDuration(text)
        const back = parseDuration(`-${text}`)
        assert.ok(by && back)
        const to = addDuration(from.getTime(), by)
        assert.equal(to - from.getTime(), d * DAY_MS + h * HOUR_MS + s * 1000)
        assert.equal(addDuration(to, back), from.getTime())
      },
    ),
  )
})
