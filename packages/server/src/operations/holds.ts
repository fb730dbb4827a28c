/**
 * Holds: a test stops one payment, session or event at one seam, looks, and lets it go. They live in the memory of one
 * process and stop only what that process does: a restart, or the end of the server, lets everything go. Sandbox only.
 */
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { uuidOf, wireId } from '@sluice/core/ids'
import type { Context, Hold, HoldMatch, Holds, SeamName } from '../context.ts'
import { type FoundSubject, findSubject } from '../store/holds.ts'
import { newId } from './ids.ts'

/** Of one merchant at once; those that were let go make room. */
const MOST_HOLDS = 50
/** Real time. Leases (30 s) and the answers that callers wait for (12 s) do not stand still meanwhile. */
const LONGEST_HOLD_MS = 60_000

interface Gate extends Hold {
  entityKey: number
  /** Matching subjects that came so far. */
  seen: number
  /** Lets the held one go. */
  open: () => void
  /** Those who wait to hear that something is held, or let go. */
  watchers: Set<() => void>
}

export function openHolds(ctx: () => Pick<Context, 'store' | 'now'>): Holds {
  const gates = new Map<string, Gate>()
  let closed = false

  const gateOf = (entityKey: number, id: string): Gate | undefined => {
    const gate = gates.get(id)
    return gate?.entityKey === entityKey ? gate : undefined
  }

  const ofEntity = (entityKey: number) => [...gates.values()].filter((gate) => gate.entityKey === entityKey)

  const tell = (gate: Gate) => {
    for (const watcher of gate.watchers) watcher()
    gate.watchers.clear()
  }

  const letGo = (gate: Gate, because: Hold['released']) => {
    if (gate.state === 'released') return
    gate.state = 'released'
    gate.released = because
    gate.open()
    tell(gate)
  }

  async function stopAt(waiting: readonly Gate[], subject: string): Promise<void> {
    for (const gate of waiting) {
      const found = await whose(ctx(), gate.entityKey, subject)
      if (!found || !matches(gate.match, subject, found) || gate.state !== 'waiting') continue
      gate.seen += 1
      if (gate.seen === gate.match.nth) await hold(gate, subject)
    }
  }

  async function hold(gate: Gate, subject: string): Promise<void> {
    gate.state = 'holding'
    gate.subject = subject
    gate.heldOn = ctx().now()
    const gone = new Promise<void>((open) => {
      gate.open = open
    })
    const limit = setTimeout(() => letGo(gate, 'time'), LONGEST_HOLD_MS)
    limit.unref()
    tell(gate)
    await gone
    clearTimeout(limit)
  }

  return {
    stop(name, subject) {
      if (gates.size === 0) return undefined
      const waiting = [...gates.values()].filter((gate) => gate.at === name && gate.state === 'waiting')
      return waiting.length === 0 ? undefined : stopAt(waiting, subject)
    },

    async create(entityKey, { at, match }) {
      await refuseStrangers(ctx(), entityKey, match)
      makeRoom(gates, ofEntity(entityKey))
      const gate: Gate = {
        id: newId(ctx(), entityKey),
        entityKey,
        at,
        match,
        state: 'waiting',
        subject: undefined,
        heldOn: undefined,
        released: undefined,
        seen: 0,
        open: () => undefined,
        watchers: new Set(),
      }
      if (closed) letGo(gate, 'stopped')
      gates.set(gate.id, gate)
      return gate
    },

    async read(entityKey, id, waitMs) {
      const gate = gateOf(entityKey, id)
      if (gate?.state === 'waiting' && waitMs > 0) {
        await new Promise<void>((done) => {
          const heard = () => {
            clearTimeout(limit)
            gate.watchers.delete(heard)
            done()
          }
          const limit = setTimeout(heard, waitMs)
          gate.watchers.add(heard)
        })
      }
      return gate
    },

    list: ofEntity,

    release(entityKey, id) {
      const gate = gateOf(entityKey, id)
      if (gate) letGo(gate, 'asked')
      return gate
    },

    remove(entityKey, id) {
      const gate = gateOf(entityKey, id)
      if (gate) letGo(gate, 'asked')
      return gate !== undefined && gates.delete(id)
    },

    close() {
      closed = true
      for (const gate of gates.values()) letGo(gate, 'stopped')
    },
  }
}

/** A payment or session that is named has to be there; an event may come later. */
async function refuseStrangers(ctx: Pick<Context, 'store'>, entityKey: number, match: HoldMatch): Promise<void> {
  const problems: string[] = []
  for (const member of ['payment_id', 'session_id'] as const) {
    const wire = match[member]
    if (wire !== undefined && !(await whose(ctx, entityKey, wire))) problems.push(`match_${member}_invalid`)
  }
  if (match.event_id !== undefined && uuidOf('event', match.event_id) === undefined) {
    problems.push('match_event_id_invalid')
  }
  if (problems.length > 0) throw new InvalidRequest(problems)
}

/** @throws Problem when all of them are still in use */
function makeRoom(gates: Map<string, Gate>, own: readonly Gate[]): void {
  if (own.length < MOST_HOLDS) return
  const spent = own.find(({ state }) => state === 'released')
  if (!spent) throw new Problem('hold_limit_exceeded')
  gates.delete(spent.id)
}

/** What the merchant has under the id, if it is his. */
async function whose(ctx: Pick<Context, 'store'>, entityKey: number, wire: string): Promise<FoundSubject | undefined> {
  const id = uuidOf('payment', wire) ?? uuidOf('session', wire) ?? uuidOf('event', wire)
  return id === undefined ? undefined : await findSubject(ctx.store.db, entityKey, id).catch(() => undefined)
}

function matches({ payment_id, session_id, event_id }: HoldMatch, subject: string, found: FoundSubject): boolean {
  const { paymentId, sessionId } = found
  return (
    (payment_id === undefined || (paymentId !== null && wireId('payment', paymentId) === payment_id)) &&
    (session_id === undefined || (sessionId !== null && wireId('session', sessionId) === session_id)) &&
    (event_id === undefined || subject === event_id)
  )
}

/** The seams of a server with holds: those of a test that runs in the same process come first. */
export function withHolds(
  seam: Context['seam'],
  holds: Holds | undefined,
): (name: SeamName, subject: string) => Promise<void> | void {
  if (!holds) return seam
  return (name, subject) => {
    const first = seam(name, subject)
    if (first) return first.then(() => holds.stop(name, subject))
    return holds.stop(name, subject)
  }
}
