/** Waiting and asking again, for calls that may be made any number of times. */
import type { HttpAnswer } from './server-calls.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/** Asks until the server answered something that another try would not change, or `tries` are used up. */
export async function askPatiently(
  ask: () => Promise<HttpAnswer | undefined>,
  wait: (ms: number) => Promise<void>,
  tries = 4,
): Promise<HttpAnswer | undefined> {
  for (let tried = 1; ; tried++) {
    const heard = await ask()
    if (tried >= tries || !mayPass(heard)) return heard
    const pause = Math.max(FIRST_PAUSE_MS * 2 ** (tried - 1), heard?.retryAfterMs ?? 0)
    await wait(Math.min(pause, LONGEST_PAUSE_MS))
  }
}

/** No answer, or one that says "not now". */
export function mayPass(heard: HttpAnswer | undefined): boolean {
  return !heard || heard.status >= 500 || heard.status === 429 || heard.status === 408
}

/** Waits; comes back early when the browser is online again. */
export function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      window.removeEventListener('online', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    window.addEventListener('online', end)
  })
}
