import type { StartTimer } from '@sluice/simulator/timer'

/** A bank's time, in the hand of a test: what the bank is to do later waits until the test says so. */
export interface HeldTime {
  startTimer: StartTimer
  /** How long each thing is to wait that has not been done or called off, milliseconds. */
  waiting: () => number[]
  /** Does all of it now. */
  pass: () => void
}

export function holdTime(): HeldTime {
  const timers = new Set<{ ms: number; work: () => void }>()
  return {
    startTimer(ms, work) {
      const timer = { ms, work }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    waiting: () => [...timers].map(({ ms }) => ms),
    pass() {
      for (const timer of timers) {
        timers.delete(timer)
        timer.work()
      }
    },
  }
}
