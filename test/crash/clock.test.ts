/** The server is killed while it moves a clock: the clock stands at a moment on the way, and nothing due is lost or doubled. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeamName } from '@sluice/server/context'
import { CARDS } from '../support/cards.ts'
import { startKillable, type World } from '../support/crash.ts'

const DAY_MS = 86_400_000
const DAYS = [1, 2, 3]
const SEAMS: readonly SeamName[] = ['processor.sent', 'processor.answered', 'event.committed']

for (const seam of SEAMS) {
  test(`killed at ${seam} in the middle of an advance, asking again with \`to\` goes on`, async (t) => {
    const sluice = await startKillable(t)
    await sluice.start()
    const world = await sluice.world('A')
    const { now } = await moved(world, { freeze: true })
    const start = Date.parse(now)
    const captures = await Promise.all(
      DAYS.map((day) => pay(world, { capture_on: new Date(start + day * DAY_MS).toISOString() })),
    )
    const left = await pay(world, { capture: false })
    const to = new Date(start + 30 * DAY_MS).toISOString()

    sluice.holdAt(seam)
    const lost = assert.rejects(world.post('/sandbox/clock', { to }))
    await sluice.held(1)
    await sluice.kill()
    await lost
    await sluice.endLeases()
    await sluice.start()
    const stands = await world.get('/sandbox/clock')
    assert.deepEqual(
      stands.body,
      { now: new Date(start + DAY_MS).toISOString(), frozen: true },
      'at the first work due',
    )

    assert.deepEqual(await moved(world, { to }), { now: to, frozen: true })

    for (const [at, id] of captures.entries()) {
      const actions = (await world.get(`/payments/${id}/actions`)).body
      assert.deepEqual(
        actions.map((action: { type: string; processed_on: string }) => [action.type, Date.parse(action.processed_on)]),
        [
          ['Capture', start + (DAYS[at] as number) * DAY_MS],
          ['Authorization', start],
        ],
      )
    }
    assert.equal((await world.payment(left)).status, 'Voided')
    const booked = await world.ledger(world.entity)
    assert.equal(booked.filter(({ kind }) => kind === 'capture').length, DAYS.length)
    assert.equal(booked.filter(({ kind }) => kind === 'void').length, 1)
    await sluice.assertSound()
  })
}

async function pay(world: World, members: object): Promise<string> {
  const answer = await world.submit(await world.requestSession({ ...members }), CARDS.approved)
  assert.equal(answer.status, 201, answer.text)
  return answer.body.id
}

async function moved(world: World, change: object): Promise<{ now: string; frozen: boolean }> {
  const answer = await world.post('/sandbox/clock', change)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}
