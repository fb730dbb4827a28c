/**
 * The clock's work. The state is the queue: whatever waits is a row with a due time, and these loops look for rows that
 * have fallen due, on every node, at any moment, without knowing of one another. Killed anywhere, the next look goes on.
 */
import type { Context, DueWork } from '../context.ts'
import { sleep } from '../time.ts'

/** Something that has fallen due. `id`: UUID. */
export interface Due {
  entityKey: number
  id: string
}

/**
 * Work of one kind. Whoever adds a kind puts a `Job` into `JOBS` (jobs.ts) and its two questions into `store/due.ts`;
 * then these loops do it, and a merchant's clock that is moved by hand (`operations/advance-clock.ts`) stops at every
 * moment at which some of it falls due.
 *
 * `find` and `nextDue` must agree: what `nextDue` names is found by `find` once the merchant's clock is there, as soon as
 * nobody holds a lease on it; and `work` ends it or gives it a later time. Else no clock could get past it.
 */
export interface Job {
  name: string
  /** Longest pause between two looks when nothing was due. Real time. */
  pauseMs: number
  /** What a payment leaves to be done at once: looked for when one has been settled, too. */
  wakes: boolean
  /** Late is wrong: a merchant's clock that goes in strides stops at it all the same. */
  awaited?: true
  /** How much of it is under way at once, and of one merchant, where it is not as much as of other kinds. */
  most?: { underWay: number; ofOneMerchant: number }
  /**
   * What is due and nobody works on, the longest due first: keys and ids only.
   * @param entityKey of this merchant alone; absent: of all, so many of each (`DUE_PER_MERCHANT`)
   */
  find(ctx: Context, limit: number, entityKey?: number): Promise<readonly Due[]>
  /**
   * When the merchant's next work of this kind falls due, or fell due if it is being done or waits to be: on the
   * merchant's clock, rounded up to a millisecond (`whole_ms` in SQL). Work under a lease counts. `undefined`: none waits.
   */
  nextDue(ctx: Context, entityKey: number): Promise<Date | undefined>
  /** Does one of it. Called by several at once, on any node: claims it first, and is silent when somebody else has it. */
  work(ctx: Context, due: Due): Promise<void>
}

/** Work that is done now and then, whatever is due. */
export interface Chore {
  name: string
  pauseMs: number
  run(ctx: Context): Promise<unknown>
}

export interface Jobs {
  /** Something has fallen due: look now. */
  wake(): void
  /** Resolves when what is under way is done. */
  stop(): Promise<void>
}

/** Work of one kind under way at once, and of one merchant: a bank that is silent keeps only its own merchants waiting. */
const MOST_UNDER_WAY = 64
const MOST_OF_ONE_MERCHANT = 16
/** What failed stays due; it is left alone for a moment. */
const ERROR_PAUSE_MS = 1_000

export function startJobs(ctx: () => Context, jobs: readonly Job[], chores: readonly Chore[]): Jobs {
  const stopping = new AbortController()
  let alarm = new AbortController()

  async function loop(job: Job) {
    const underWay = new Map<string, { entityKey: number; done: Promise<void> }>()
    const most = job.most ?? { underWay: MOST_UNDER_WAY, ofOneMerchant: MOST_OF_ONE_MERCHANT }

    while (!stopping.signal.aborted) {
      // Taken before the look: a wake-up during it is not missed.
      const { signal } = alarm
      const due = await look(job, most.underWay - underWay.size)
      const fresh = due?.filter(({ id }) => !underWay.has(id)) ?? []
      let begun = 0
      for (const item of fresh) {
        const ofMerchant = [...underWay.values()].filter(({ entityKey }) => entityKey === item.entityKey).length
        if (ofMerchant >= most.ofOneMerchant) continue
        begun++
        const done = attempt(job, item).finally(() => underWay.delete(item.id))
        underWay.set(item.id, { entityKey: item.entityKey, done })
      }
      if (underWay.size >= most.underWay) await Promise.race([...underWay.values()].map(({ done }) => done))
      else if (begun > 0) await sleep(0)
      else await pause(job, due === undefined ? undefined : signal)
    }
    await Promise.all([...underWay.values()].map(({ done }) => done))
  }

  async function look(job: Job, limit: number): Promise<readonly Due[] | undefined> {
    try {
      return await job.find(ctx(), limit)
    } catch (cause) {
      ctx().log.warn({ job: job.name, err: cause }, 'a job could not look for what is due')
      return undefined
    }
  }

  async function attempt(job: Job, due: Due): Promise<void> {
    try {
      await job.work(ctx(), due)
    } catch (cause) {
      ctx().log.error({ job: job.name, err: cause }, 'what was due failed and stays due')
      await sleep(ERROR_PAUSE_MS, stopping.signal)
    }
  }

  /** @param signal ends the pause of a job that is woken; absent after an error */
  async function pause(job: Job, signal: AbortSignal | undefined) {
    const disturbances = job.wakes && signal ? [signal, stopping.signal] : [stopping.signal]
    await sleep(signal ? job.pauseMs : ERROR_PAUSE_MS, AbortSignal.any(disturbances))
  }

  async function repeat(chore: Chore) {
    for (;;) {
      // What starts has just been made ready: the first turn can wait.
      await sleep(chore.pauseMs, stopping.signal)
      if (stopping.signal.aborted) return
      await chore.run(ctx()).catch((cause: unknown) => {
        ctx().log.warn({ job: chore.name, err: cause }, 'a chore failed and will be tried again')
      })
    }
  }

  const loops = [...jobs.map(loop), ...chores.map(repeat)]
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

/**
 * The due work of one merchant, done beside the loops: what both find is done once, by whoever claims it.
 * @param jobs in the order in which one makes work for the next: asked in it, nothing slips from one that has not been
 *   asked yet to one that has
 */
export function dueWorkOf(ctx: () => Context, jobs: readonly Job[]): DueWork {
  return {
    async next(entityKey, which) {
      let first: Date | undefined
      for (const job of jobs) {
        if (which === 'awaited' && !job.awaited) continue
        const due = await job.nextDue(ctx(), entityKey)
        if (due !== undefined && (first === undefined || due < first)) first = due
      }
      return first
    },
    async run(entityKey) {
      const found = await Promise.all(
        jobs.map(async (job) => {
          const due = await job.find(ctx(), job.most?.ofOneMerchant ?? MOST_OF_ONE_MERCHANT, entityKey)
          return due.map((item) => ({ job, item }))
        }),
      )
      const results = await Promise.allSettled(found.flat().map(({ job, item }) => job.work(ctx(), item)))
      const failed = results.find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
      return results.length
    },
  }
}
