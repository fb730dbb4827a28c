/** Holds: one payment, session or event stops at one seam until it is let go. */
import type { SeamName } from '@sluice/core/seams'
import { type Call, expectOk } from './calls.ts'

export type { SeamName }

/** Nothing: the first of the world that comes there. `nth`: the so-manieth that matches. */
export interface HoldMatch {
  payment_id?: string
  session_id?: string
  event_id?: string
  nth?: number
}

export interface Hold {
  readonly id: string
  /** Resolves to the id of what is held, as soon as something is. @throws after `timeoutMs` (default 10 s) */
  held(timeoutMs?: number): Promise<string>
  /** Lets it go; a hold that holds nothing yet will not. */
  release(): Promise<void>
}

const LONGEST_POLL_MS = 10_000

export async function holdAt(call: Call, at: SeamName, match: HoldMatch = {}): Promise<Hold> {
  const { id } = await expectOk(call, 'POST', '/sandbox/holds', { at, match })
  return {
    id,
    async held(timeoutMs = 10_000) {
      const giveUpAt = performance.now() + timeoutMs
      for (;;) {
        const left = Math.max(0, Math.min(LONGEST_POLL_MS, giveUpAt - performance.now()))
        const { state, subject } = await expectOk(
          call,
          'GET',
          `/sandbox/holds/${id}?wait=PT${(left / 1000).toFixed(3)}S`,
        )
        if (state === 'holding') return subject
        if (state === 'released') throw new Error(`the hold at ${at} was released before anything came there`)
        if (performance.now() >= giveUpAt) throw new Error(`nothing came to ${at} within ${timeoutMs} ms`)
      }
    },
    async release() {
      await expectOk(call, 'POST', `/sandbox/holds/${id}/release`)
    },
  }
}
