/** A world's clock: real time, until it is stopped or moved. */
import { type Call, expectOk } from './calls.ts'

export interface Clock {
  now(): Promise<Date>
  /** It stands still; what is due now runs all the same. */
  freeze(): Promise<Date>
  /** Goes forward by an ISO 8601 duration (`PT61M`, `P1DT2H`), and resolves when all that fell due on the way has run. */
  advance(by: string): Promise<Date>
  /** Goes forward to a moment. */
  to(moment: Date | string): Promise<Date>
  /** Runs on from where it stands. */
  resume(): Promise<Date>
}

export function clockOf(call: Call): Clock {
  const change = async (body?: object) => {
    const { now } = await expectOk(call, body ? 'POST' : 'GET', '/sandbox/clock', body)
    return new Date(now)
  }
  return {
    now: () => change(),
    freeze: () => change({ freeze: true }),
    advance: (by) => change({ advance: by }),
    to: (moment) => change({ to: new Date(moment).toISOString() }),
    resume: () => change({ resume: true }),
  }
}
