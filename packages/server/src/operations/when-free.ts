/** An attempt that somebody has in hand: a page that polls holds it for as long as the processor takes to answer. */
import { Problem } from '@sluice/core/problems'
import { sleep } from '../time.ts'
import { LOOK_DEADLINE_MS } from './look-at-waiting.ts'

const PAUSE_MS = 100
/** The longest look and a little more. With the question that follows it, the caller is answered within twelve seconds. */
const MOST_TRIES = (LOOK_DEADLINE_MS + 300) / PAUSE_MS

/**
 * Tries until the attempt is free.
 * @param tryOnce reads the payment and decides anew; `undefined`: somebody has it in hand
 * @throws Problem `session_already_in_use` when it does not become free for longer than a look takes
 */
export async function whenFree<Done>(tryOnce: () => Promise<Done | undefined>): Promise<Done> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const done = await tryOnce()
    if (done !== undefined) return done
    await sleep(PAUSE_MS)
  }
  throw new Problem('session_already_in_use', 1)
}
