/** Durations as ISO 8601 writes them: `PT61M`, `P1DT2H`, `P2W`, `P1Y2M10DT2H30M0.5S`. */

/** Months are of the calendar, everything else is a fixed length: a day has 24 hours, as it has in UTC. */
export interface Duration {
  months: number
  milliseconds: number
}

const NUMBER = String.raw`([-+]?\d{1,9})`
const SECONDS = String.raw`([-+]?\d{1,9})(?:[.,](\d{1,9}))?`
/** The parts in their order, each at most once; weeks may stand with the others, as ISO 8601-2 allows. */
const DURATION = new RegExp(
  `^([-+])?P(?=[-+\\d]|T)(?:${NUMBER}Y)?(?:${NUMBER}M)?(?:${NUMBER}W)?(?:${NUMBER}D)?` +
    `(?:T(?=[-+\\d])(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${SECONDS}S)?)?$`,
)

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS

/**
 * The duration a text says, or `undefined`. A sign may stand before the whole or before a part; fractions are of seconds
 * only, and end at milliseconds.
 */
export function parseDuration(text: string): Duration | undefined {
  const parts = DURATION.exec(text)
  if (!parts) return undefined
  const [, sign, years, months, weeks, days, hours, minutes, seconds, fraction] = parts
  const direction = sign === '-' ? -1 : 1
  const whole = (part: string | undefined) => direction * Number(part ?? 0)
  const fractionMs = Number((fraction ?? '').padEnd(3, '0').slice(0, 3))
  return {
    months: 12 * whole(years) + whole(months),
    milliseconds:
      whole(weeks) * WEEK_MS +
      whole(days) * DAY_MS +
      whole(hours) * HOUR_MS +
      whole(minutes) * MINUTE_MS +
      whole(seconds) * SECOND_MS +
      direction * (seconds?.startsWith('-') ? -fractionMs : fractionMs),
  }
}

/**
 * A moment (milliseconds since 1970) and a duration, in UTC: months first, where a day that the month does not have is its
 * last (31 January and `P1M` make 28 February), then the rest. Not a number where no calendar reaches.
 */
export function addDuration(at: number, { months, milliseconds }: Duration): number {
  const date = new Date(at)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const lastDay = new Date(date)
  lastDay.setUTCMonth(date.getUTCMonth() + 1, 0)
  date.setUTCDate(Math.min(day, lastDay.getUTCDate()))
  return date.getTime() + milliseconds
}
