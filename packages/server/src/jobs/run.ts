/**
 * The clock's work. The state is the queue: whatever waits is a row with a due time, and these loops look for rows that
 * have fallen due, on every node, at any moment, without knowing of one another. Killed anywhere, the next look goes on.
 */
import type { Context } from '../context.ts'
import { sleep } from '../time.ts'

/** Work of one kind: does what is due now and answers how much that was. */
export interface Job {
  name: string
  /** Longest pause between two looks when nothing was due. Real time. */
  pauseMs: number
  /** What a payment leaves to be done at once: looked for when one has been settled, too. */
  wakes: boolean
  run(ctx: Context): Promise<number>
}

export interface Jobs {
  /** Something has fallen due: look now. */
  wake(): void
  /** Resolves when what is under way is done. */
  stop(): Promise<void>
}

/** After an error the database or a processor may need a moment. */
const ERROR_PAUSE_MS = 1_000

export function startJobs(ctx: () => Context, jobs: readonly Job[]): Jobs {
  const stopping = new AbortController()
  let alarm = new AbortController()

  async function loop(job: Job) {
    while (!stopping.signal.aborted) {
      // Taken before the look: a wake-up during it is not missed.
      const { signal } = alarm
      const done = await attempt(job)
      if (done > 0 || stopping.signal.aborted) continue
      const disturbances = job.wakes && done === 0 ? [signal, stopping.signal] : [stopping.signal]
      await sleep(done < 0 ? ERROR_PAUSE_MS : job.pauseMs, AbortSignal.any(disturbances))
    }
  }

  async function attempt(job: Job): Promise<number> {
    try {
      return await job.run(ctx())
    } catch (cause) {
      ctx().log.error({ job: job.name, err: cause }, 'a job failed and will be tried again')
      return -1
    }
  }

  const loops = jobs.map(loop)
  return {
    wake() {
      const waiting = alarm
      alarm = new AbortController()
      waiting.abort()
    },
    async stop() {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}
