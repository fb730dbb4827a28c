/** Two hundred merchants in parallel, each in a world of its own: none sees anything of another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSluice, type World } from '@sluice/testing'
import { startSluice } from './support/sluice.ts'

const WORLDS = 200
/** At once: the machine is to be busy, not on its knees. */
const AT_ONCE = 16

test('two hundred worlds in parallel pay once each, on clocks and under failures of their own', async (t) => {
  const sluice = await startSluice(t)
  const server = await createSluice({ url: sluice.urls.api, webhooks: false })
  const since = performance.now()
  let madeMs = 0

  const turn = async (at: number) => {
    const before = performance.now()
    const fails = at % 10 === 0
    const world = await server.world({
      seed: `world ${at}`,
      webhooks: false,
      ...(at % 4 === 0 && { clock: 'frozen' as const }),
      ...(fails && { scenario: 'answer-lost-after-approval' }),
    })
    madeMs += performance.now() - before
    await payOnce(world, at, fails)
  }
  const waiting = Array.from({ length: WORLDS }, (_, at) => at).values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const at of waiting) await turn(at)
    }),
  )

  const seconds = ((performance.now() - since) / 1000).toFixed(1)
  t.diagnostic(
    `${WORLDS} worlds in ${seconds} s, made in ${(madeMs / WORLDS).toFixed(0)} ms each with ${AT_ONCE} at once`,
  )
  await sluice.assertSound()
})

async function payOnce(world: World, at: number, fails: boolean) {
  const amount = 1000 + at
  const { id, status } = await world.pay({ amount, reference: `ORD-${at}`, capture: false })
  assert.equal(status, fails ? 'Pending' : 'Approved')
  if (fails) await world.clock.advance('PT10M')
  const payment = await world.waitForStatus(id, 'Authorized', 30_000)
  assert.deepEqual([payment.amount, payment.reference], [amount, `ORD-${at}`])
  assert.deepEqual(
    (await world.ledger()).map(({ kind, amount: booked }) => [kind, booked]),
    [['authorization', amount]],
  )
  const { data } = (await world.get('/payments')).body
  assert.deepEqual(
    data.map(({ id: listed }: { id: string }) => listed),
    [id],
    'nothing of another world',
  )
}
