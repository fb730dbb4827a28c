/** When an unfinished attempt or action is asked about again: seconds of the merchant's time after the last try. */

/** First at two seconds, then ever more rarely; the last interval repeats. Published in docs/reference/schedules.md. */
export const ASK_SCHEDULE_S = [2, 3, 10, 45, 120, 300, 900] as const

/** A method whose shopper, or whose bank, has days: it is asked this often, and at its end. */
export const LONG_WAIT_S = 6 * 3600

/** Money that a shopper sent in the last moment of his time is on its way for so long: weekends and holidays between banks. */
export const LATE_MONEY_GRACE_S = 3 * 86_400

/** A processor that can only reverse is left alone this long: the answer may still be on its way. */
export const REVERSAL_WAIT_S = 60

/** After this many failures a person is told; trying goes on. */
export const REVIEW_AFTER_FAILURES = 5
export const HOURLY_S = 3600

/** @param turn 1 for the first time it is asked about, 2 for the next … */
export function nextAskInS(turn: number): number {
  return ASK_SCHEDULE_S[Math.min(turn, ASK_SCHEDULE_S.length) - 1] as number
}

/** A repeat of a message stops being safe when the processor forgets our key: none is sent this close to that. */
export const WINDOW_MARGIN_S = 600
