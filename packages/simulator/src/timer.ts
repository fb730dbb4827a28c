/** What the bank does by itself a while later, in real time: a test that waits for it holds the time in its own hand. */

/** @returns what calls the work off */
export type StartTimer = (ms: number, work: () => void) => () => void

export const startTimer: StartTimer = (ms, work) => {
  const timer = setTimeout(work, ms)
  // It keeps no process alive: what is not done when the bank closes is made up for, or left, by whoever wanted it.
  timer.unref()
  return () => clearTimeout(timer)
}
