/**
 * Turns many single requests into few statements. Calls that arrive while a statement of the same merchant is on its
 * way wait and go together in the next one: one write and one commit for all of them, and no delay when idle.
 */

/** Statements of one kind and merchant under way at once: one commits while the next one is being filled. */
const IN_FLIGHT = 2
/** Requests in one statement: enough for few commits, and few enough for the joins within a statement to stay cheap. */
const LARGEST_BATCH = 32
const MOST_TRIES = 3

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (cause: unknown) => void
}

interface Lane<Item, Result> {
  waiting: Waiting<Item, Result>[]
  inFlight: number
  scheduled: boolean
}

/**
 * @param run the statement: answers one result for each item, in the order of the items. It reports a refusal as a row;
 *   when it fails, a batch of several is run again one by one, so that a bad row fails alone.
 */
export function coalesce<Item, Result>(
  run: (entityKey: number, items: readonly Item[]) => Promise<readonly Result[]>,
): (entityKey: number, item: Item) => Promise<Result> {
  const lanes = new Map<number, Lane<Item, Result>>()

  function pump(entityKey: number, lane: Lane<Item, Result>) {
    lane.scheduled = false
    while (lane.inFlight < IN_FLIGHT && lane.waiting.length > 0) {
      void send(entityKey, lane, lane.waiting.splice(0, LARGEST_BATCH))
    }
    if (lane.inFlight === 0 && lane.waiting.length === 0) lanes.delete(entityKey)
  }

  async function send(entityKey: number, lane: Lane<Item, Result>, batch: Waiting<Item, Result>[]) {
    lane.inFlight++
    try {
      await settle(entityKey, batch)
    } finally {
      lane.inFlight--
      pump(entityKey, lane)
    }
  }

  async function settle(entityKey: number, batch: Waiting<Item, Result>[], tries = 1) {
    try {
      const results = await run(
        entityKey,
        batch.map(({ item }) => item),
      )
      if (results.length !== batch.length) throw new Error(`${batch.length} asked, ${results.length} answered`)
      for (const [at, waiting] of batch.entries()) waiting.resolve(results[at] as Result)
    } catch (cause) {
      const alone = batch.length === 1
      if (!surelyRolledBack(cause) || (alone && (tries >= MOST_TRIES || !isConflict(cause)))) {
        for (const waiting of batch) waiting.reject(cause)
        return
      }
      for (const waiting of batch) await settle(entityKey, [waiting], alone ? tries + 1 : 1)
    }
  }

  return (entityKey, item) =>
    new Promise<Result>((resolve, reject) => {
      let lane = lanes.get(entityKey)
      if (!lane) {
        lane = { waiting: [], inFlight: 0, scheduled: false }
        lanes.set(entityKey, lane)
      }
      lane.waiting.push({ item, resolve, reject })
      if (lane.scheduled || lane.inFlight >= IN_FLIGHT) return
      lane.scheduled = true
      const ready = lane
      setImmediate(() => pump(entityKey, ready))
    })
}

/**
 * Data, constraint, conflict, lock time-out and syntax errors are answers: nothing of the statement was kept. A statement
 * whose answer was lost may have been committed, and running it again is its caller's decision.
 */
function surelyRolledBack(cause: unknown): boolean {
  return /^(22|23|40|42|55P03)/.test(codeOf(cause))
}

/** A deadlock or a serialization failure passes when it is tried again. */
function isConflict(cause: unknown): boolean {
  return codeOf(cause).startsWith('40')
}

function codeOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
