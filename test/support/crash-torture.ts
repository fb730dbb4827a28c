/** Many shoppers, and a server that is killed at random moments under them; then everybody's story is compared. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { CARDS } from './cards.ts'
import { type Killable, type ProcessorClass, startKillable, type World } from './crash.ts'
import { type Answer, eventually, type Session } from './sluice.ts'

export interface TortureOptions {
  kills: number
  /** Shoppers at any moment. */
  shoppers: number
  /** Decides when the server dies and what the shoppers and the bank do. */
  seed: string
  log: (line: string) => void
}

export interface TortureResult {
  journeys: number
  approved: number
  declined: number
  pending: number
  /** Requests the server died under. */
  cut: number
}

/** One shopper's way through one session, as he saw it. */
interface Journey {
  world: World
  session: Session
  body: { session_data: string }
  /** Every 2xx of the submit; the first 201 ends the journey. */
  answers: Answer[]
}

/** The longest the server lives between two deaths. */
const LONGEST_LIFE_MS = 2_000
const RETRY_MS = 200
/** Class A twice: it alone lets a shopper's repeat go on. */
const CLASSES: readonly ProcessorClass[] = ['A', 'A', 'B', 'C', 'D']
/** What becomes of the bank's answer. The blank ones arrive. */
const MISHAPS = ['', '', '', 'slow:150', 'drop_after_booking', 'drop_before_booking', 'http_500', 'garbled']
/** So long that every unknown outcome is final: the merchant's clock, see `World.advance`. */
const QUIESCENCE_STEPS = ['70 seconds', '16 minutes', '16 minutes', '1 hour', '1 hour']

/** @throws AssertionError when an answer, the database and the bank do not agree */
export async function torture(t: TestContext, options: TortureOptions): Promise<TortureResult> {
  const choose = chooser(options.seed)
  const sluice = await startKillable(t, { spare: true })
  await sluice.start()
  const worlds = await Promise.all(CLASSES.map((each) => sluice.world(each)))
  const journeys: Journey[] = []
  let cut = 0
  let shopping = true
  let over = false

  async function shop(shopper: number) {
    for (let nth = 0; shopping; nth++) {
      const subject = `${shopper}/${nth}`
      const world = pick(worlds, choose(subject, 'world'))
      const begun = await begin(world, subject)
      if (!begun) continue
      journeys.push(begun)
      await pay(begun)
    }
  }

  /** A session and sealed details, tried once: what is lost here has cost nobody anything. */
  async function begin(world: World, subject: string): Promise<Journey | undefined> {
    const mishap = pick(MISHAPS, choose(subject, 'mishap'))
    const card = choose(subject, 'card') % 4 === 0 ? CARDS.insufficientFunds : CARDS.approved
    try {
      const session = await world.requestSession({
        ...(mishap === '' ? {} : { metadata: { sluice_simulator: mishap } }),
        // A capture of unknown outcome waits for a person where the bank would not know its key again: another story.
        ...(world.processorClass === 'A' ? {} : { capture: false }),
      })
      return { world, session, body: { session_data: await world.seal(session, card) }, answers: [] }
    } catch (cause) {
      if (!isBusy(cause)) countCut(cause)
      await pause()
      return undefined
    }
  }

  /** The identical request again and again until it is decided; where only time decides, until it is accepted. */
  async function pay(journey: Journey) {
    while (!over) {
      const answer = await submit(journey).catch(countCut)
      if (answer?.status === 201 || (answer?.status === 202 && journey.world.processorClass !== 'A')) return
      await pause()
    }
  }

  /** A server that is not there has not been asked anything; whatever else a dying one may do is a cut. */
  function countCut(cause: unknown): undefined {
    if (!(cause instanceof TypeError)) throw cause
    if ((cause.cause as { code?: string } | undefined)?.code !== 'ECONNREFUSED') cut += 1
  }

  async function killAgainAndAgain() {
    for (let kill = 0; kill < options.kills && !over; kill++) {
      await pause(choose(String(kill), 'life') % LONGEST_LIFE_MS)
      await sluice.kill()
      await sluice.endLeases()
      await sluice.start()
      if ((kill + 1) % 100 === 0) options.log(`${kill + 1} kills, ${journeys.length} journeys`)
    }
    await pause(LONGEST_LIFE_MS)
    shopping = false
    // Whoever still waits for what the bank never booked waits for a moment of the merchant's time.
    for (const world of worlds) await world.advance('70 seconds')
  }

  try {
    const shoppers = Array.from({ length: options.shoppers }, (_, shopper) => shop(shopper))
    await Promise.all([killAgainAndAgain(), ...shoppers])
  } finally {
    over = true
    shopping = false
  }

  await settleEverything(sluice, worlds)
  const result: TortureResult = { journeys: journeys.length, approved: 0, declined: 0, pending: 0, cut }
  for (const journey of journeys) {
    await submit(journey)
    result[await outcomeOf(journey)] += 1
  }
  for (const world of worlds) {
    const own = journeys.filter((journey) => journey.world === world)
    await compareWithBank(world, own)
  }
  await settleEverything(sluice, worlds)
  await sluice.assertSound()
  return result
}

/** Keeps what was answered with success: nothing of it may ever turn out to be untrue. */
async function submit({ world, session, body, answers }: Journey): Promise<Answer> {
  const answer = await world.post(`/payment-sessions/${session.id}/submit`, body)
  // 503: the database did not answer in time, which a repeat mends.
  assert.ok([201, 202, 429, 503].includes(answer.status), `${session.id}: ${answer.status} ${answer.text}`)
  if (answer.status < 300) answers.push(answer)
  return answer
}

/** Moves the merchants' clocks on until nothing is under way any more but what a person was asked to look at. */
async function settleEverything(sluice: Killable, worlds: readonly World[]) {
  for (const step of QUIESCENCE_STEPS) {
    await eventually(async () => (await dueNow(sluice)) === 0, 60_000)
    for (const world of worlds) await world.advance(step)
  }
  await eventually(async () => (await dueNow(sluice)) === 0, 60_000)
  const { rows } = await sluice.db.query(
    `select p.id, p.phase from payments p
      where p.phase not in ('authorized', 'verified', 'declined', 'cancelled', 'expired', 'not_sent')
        and p.review is null
     union all
     select a.payment_id, a.kind || ' ' || a.state from payment_actions a
      where a.state not in ('succeeded', 'failed')`,
  )
  assert.deepEqual(rows, [], 'nothing is stuck')
}

async function dueNow(sluice: Killable): Promise<number> {
  const { rows } = await sluice.db.query(
    `select (select count(*) from payments p join entity_now clock using (entity_key)
              where p.phase in ('sending', 'in_doubt', 'reversing', 'pending') and p.ask_on <= clock.now)
          + (select count(*) from payment_actions a join entity_now clock using (entity_key)
              where a.state in ('requested', 'sending', 'in_doubt') and a.due_on <= clock.now) as due`,
  )
  return Number(rows[0].due)
}

/** The last answer, and that it agrees with every earlier one and with the database. */
async function outcomeOf({ world, session, answers }: Journey): Promise<'approved' | 'declined' | 'pending'> {
  const last = answers.at(-1) as Answer
  const about = `class ${world.processorClass}, ${session.id}: ${last.text}`
  for (const answer of answers) {
    assert.equal(answer.body.id, last.body.id, `${about}: one attempt, one payment`)
    if (answer.status === 201) assert.equal(answer.text, last.text, `${about}: the same bytes for ever`)
  }
  const payment = await world.payment(last.body.id)
  const row = await world.attempt(last.body.id)
  if (last.status === 202) {
    assert.equal(world.processorClass, 'D', about)
    assert.equal(payment.status, 'Pending', about)
    assert.notEqual(row.review, null, `${about}: a person was told`)
    return 'pending'
  }
  assert.equal(row.answer, last.text, about)
  const approved = last.body.status === 'Approved'
  const expected = approved ? ['Authorized', 'Captured'] : ['Declined']
  assert.ok(expected.includes(payment.status), `${about}: and is ${payment.status}`)
  return approved ? 'approved' : 'declined'
}

/** For each session the bank holds at most one authorization: one where we said yes, none where we said no. */
async function compareWithBank(world: World, journeys: readonly Journey[]) {
  const held = await world.heldByPayment()
  for (const { session, answers } of journeys) {
    const { id, status } = (answers.at(-1) as Answer).body
    const count = held.get(id) ?? 0
    held.delete(id)
    const allowed = status === 'Approved' ? [1] : status === 'Declined' ? [0] : [0, 1]
    assert.ok(allowed.includes(count), `${session.id}: ${status}, and the bank holds ${count} authorizations`)
  }
  for (const [of, count] of held) assert.equal(count, 0, `the bank holds money for ${of}, which no shopper asked for`)
}

/** 503: the database did not answer in time, which a repeat mends. */
function isBusy(cause: unknown): boolean {
  return cause instanceof Error && / 503 /.test(`${cause.message} `)
}

/** 32 bits for one purpose of one subject: the same seed makes the same choices. */
function chooser(seed: string) {
  return (subject: string, purpose: string) =>
    createHash('sha256').update(`${seed}\n${purpose}\n${subject}`).digest().readUInt32BE(0)
}

function pick<Item>(items: readonly Item[], number: number): Item {
  return items[number % items.length] as Item
}

function pause(ms = RETRY_MS): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
