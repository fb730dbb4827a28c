/** Sluice is killed while it authenticates a shopper: nothing is charged twice or for nothing, and no card stays behind. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { TypedCard } from '@sluice/sealing/payload'
import type { SeamName } from '@sluice/server/context'
import { CARDS } from '../support/cards.ts'
import { startKillable } from '../support/crash.ts'
import { eventually, type Session } from '../support/sluice.ts'
import { answerChallenge, carryOn, openChallenge } from '../support/three-ds.ts'

const EXTERNAL = { authentication: 'external' }
const ENABLED = { '3ds': { enabled: true } }

/** The issuer says no at once. */
const REFUSED = { ...CARDS.approved, number: '4539628347117863' }
/** Its issuer answers an authorization without authentication with 20154. */
const STEPPED_UP = { ...CARDS.approved, number: '4500622868341387' }

/** Before the authorization is remembered nothing can have reached the bank, whatever its class. */
const UNSENT: readonly [SeamName, what: string, card: typeof REFUSED][] = [
  ['submit.claimed', 'frictionless', CARDS.frictionless],
  ['authentication.sent', 'frictionless', CARDS.frictionless],
  ['authentication.answered', 'frictionless', CARDS.frictionless],
  ['authentication.answered', 'with a challenge to come', CARDS.approved],
  ['authentication.answered', 'refused', REFUSED],
]

test('killed while it authenticates', async (t) => {
  const { sluice, holds } = await killable(t)

  for (const [seam, what, card] of UNSENT) {
    await t.test(`at ${seam}, ${what}: the attempt was not sent, and the same card pays`, async () => {
      await sluice.start()
      const world = await sluice.world('D', EXTERNAL)
      const session = await world.requestSession(ENABLED)
      const paymentId = await killedAt(sluice, world, seam, session, card)
      await eventually(async () => (await world.attempt(paymentId)).phase === 'not_sent')
      assert.equal(await holds(), 0)

      const answer = await world.submit(session, CARDS.frictionless)
      assert.equal(answer.body.status, 'Approved', answer.text)
      assert.equal(await world.heldAuthorizations(), 1)
      await sluice.kill()
      await sluice.endLeases()
      await sluice.assertSound()
    })
  }
})

test('killed while it makes up for an authentication that the issuer demanded', async (t) => {
  const { sluice, holds } = await killable(t)

  for (const seam of ['authentication.sent', 'authentication.answered'] as const) {
    await t.test(`at ${seam}: declined as the issuer said, nothing is held, and another card pays`, async () => {
      await sluice.start()
      const world = await sluice.world('A', EXTERNAL)
      const session = await world.requestSession({ '3ds': { enabled: false } })
      const paymentId = await killedAt(sluice, world, seam, session, STEPPED_UP)
      await eventually(async () => (await world.attempt(paymentId)).phase === 'declined')
      assert.equal((await world.payment(paymentId)).response_code, '20154')
      assert.deepEqual([await holds(), await world.heldAuthorizations()], [0, 0])

      const answer = await world.submit(session, CARDS.frictionless)
      assert.equal(answer.body.status, 'Approved', answer.text)
      await sluice.kill()
      await sluice.endLeases()
      await sluice.assertSound()
    })
  }
})

test('killed while it authorizes what was authenticated', async (t) => {
  const { sluice, holds } = await killable(t)

  for (const seam of ['processor.sent', 'processor.answered'] as const) {
    await t.test(`at ${seam}, after the challenge: the bank is asked, charged once, and no card stays`, async () => {
      await sluice.start()
      const world = await sluice.world('A', EXTERNAL)
      const session = await world.requestSession(ENABLED)
      const answer = await world.submit(session, CARDS.approved)
      const challenge = await openChallenge(answer)
      await answerChallenge(challenge)
      assert.equal(await holds(), 1)
      sluice.holdAt(seam)
      const lost = carryOn(challenge).catch(() => undefined)
      await sluice.held(1)
      await sluice.kill()
      await lost
      await sluice.endLeases()
      await sluice.start()
      // What the browser does meanwhile: it asks again.
      const { body } = await carryOn(challenge)
      assert.match(body.landing, /success/)
      await eventually(async () => (await world.payment(answer.body.id)).approved)
      assert.equal(await world.heldAuthorizations(), 1)
      assert.equal(await holds(), 0)
      await sluice.kill()
      await sluice.endLeases()
      await sluice.assertSound()
    })
  }
})

type Killable = Awaited<ReturnType<typeof startKillable>>
type World = Awaited<ReturnType<Killable['world']>>

/** Submits the card, kills the server at the seam and starts it again. Answers the payment that was under way. */
async function killedAt(sluice: Killable, world: World, seam: SeamName, session: Session, card: TypedCard) {
  const session_data = await world.seal(session, card)
  sluice.holdAt(seam)
  const lost = world.post(`/payment-sessions/${session.id}/submit`, { session_data }).catch(() => undefined)
  const [subject] = await sluice.held(1)
  await sluice.kill()
  await lost
  await sluice.endLeases()
  await sluice.start()
  return subject as string
}

async function killable(t: TestContext) {
  const sluice = await startKillable(t)
  t.afterEach(() => sluice.kill())
  return { sluice, holds: async () => (await sluice.db.query('select from attempt_holds')).rowCount }
}
