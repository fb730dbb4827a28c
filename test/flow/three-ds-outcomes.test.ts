/** One payment through Flow for every way an authentication can end, and its `3ds`, whole. A method page that hangs: `three-ds.test.ts`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { approveChallengeInApp, cancelChallenge, completeChallenge } from '@sluice/testing/playwright'
import type { Page } from 'playwright-core'
import { openPage, payButton, typeCard } from '../support/browser.ts'
import type { Json } from '../support/client.ts'
import { openShop } from '../support/shop.ts'
import { eventually, startSluice } from '../support/sluice.ts'
import { external } from '../support/three-ds.ts'
import { formOf, THREE_DS } from '../support/three-ds-outcomes.ts'
import { issuerFrame } from './visit.ts'

const CHALLENGED = '4242424242424242'
const FRICTIONLESS = '4485040371536584'

interface Outcome {
  says: string
  number?: string
  /** Of the simulator. */
  switches?: string
  /** What the shopper does once he has pressed Pay; absent: nothing is asked of him. */
  answers?: (page: Page, merchant: Awaited<ReturnType<typeof external>>) => Promise<void>
  code: string
  threeDs: Json
}

const challenged = (threeDs: Json) => ({ ...threeDs, challenged: true })
const password = (page: Page) => completeChallenge(page)

test('3-D Secure through Flow, outcome by outcome', { concurrency: 2 }, async (t) => {
  const sluice = await startSluice(t)
  // Keeps the browser open in between.
  await openPage(t)

  const OUTCOMES: readonly Outcome[] = [
    { says: 'frictionless', number: FRICTIONLESS, code: '10000', threeDs: THREE_DS.authenticated },
    { says: 'the right password', answers: password, code: '10000', threeDs: challenged(THREE_DS.authenticated) },
    {
      says: 'the right one-time code',
      switches: 'challenge.kind:otp',
      answers: password,
      code: '10000',
      threeDs: challenged(THREE_DS.authenticated),
    },
    {
      says: 'approved in the app of the bank',
      switches: 'challenge.kind:oob',
      answers: approveChallengeInApp,
      code: '10000',
      threeDs: challenged(THREE_DS.authenticated),
    },
    {
      says: 'a wrong password',
      answers: (page) => completeChallenge(page, 'wrong'),
      code: '20151',
      threeDs: challenged(THREE_DS.failed),
    },
    { says: 'cancelled at the bank', answers: cancelChallenge, code: '20151', threeDs: challenged(THREE_DS.failed) },
    {
      says: 'timed out at the bank',
      switches: 'challenge:timeout',
      answers: async () => {},
      code: '20152',
      threeDs: THREE_DS.tooLate,
    },
    {
      says: 'not answered for 15 minutes',
      answers: async (page, merchant) => {
        await issuerFrame(page)
        await merchant.advance('15 minutes')
        // What is answered then leads to the shop, and changes nothing.
        await completeChallenge(page)
      },
      code: '20152',
      threeDs: THREE_DS.abandoned,
    },
    { says: 'the issuer is down', switches: 'acs:down', code: '20153', threeDs: THREE_DS.unreachable },
    { says: 'the directory server is down', switches: 'ds:down', code: '20153', threeDs: THREE_DS.unanswered },
    {
      says: 'the result is late',
      switches: 'rreq:late',
      answers: password,
      code: '10000',
      threeDs: challenged(THREE_DS.authenticated),
    },
    {
      says: 'the result is lost',
      switches: 'rreq:lost',
      answers: async (page, merchant) => {
        await completeChallenge(page)
        await returnedLongAgo(merchant.world.entity_id)
      },
      code: '20153',
      threeDs: THREE_DS.resultLost,
    },
  ]

  await Promise.all(
    OUTCOMES.map(({ says, number = CHALLENGED, switches, answers, code, threeDs }) =>
      t.test(says, async (each) => {
        // The time of a world is its own.
        const merchant = await external(sluice)
        const shop = await openShop(each, merchant)
        const { page } = shop
        const session = await merchant.requestSession({
          '3ds': { enabled: true },
          success_url: `${shop.url}/success`,
          failure_url: `${shop.url}/failure`,
          ...(switches !== undefined && { metadata: { sluice_simulator: switches } }),
        })
        await shop.start({ options: { publicKey: merchant.world.public_key, paymentSession: session } })
        await shop.waitFor('onReady')
        await typeCard(page, { number })
        await payButton(page).click()
        const approved = code === '10000'
        if (answers) {
          await answers(page, merchant)
          await page.waitForURL(approved ? '**/success?**' : '**/failure?**')
        } else await shop.waitFor(approved ? 'onPaymentCompleted' : 'onError')

        const { body } = await merchant.get(`/payment-sessions/${session.id}`)
        const payment = await eventually(async () => {
          const now = await merchant.payment(body.payment_id)
          return now.status !== 'Pending' && now
        })
        assert.deepEqual([payment.approved, payment.response_code], [approved, code])
        assert.deepEqual(formOf(payment['3ds']), threeDs)
        assert.equal(payment.eci, approved ? '05' : undefined)
      }),
    ),
  )
  await sluice.assertSound()
  assert.equal(await (await external(sluice)).holds(), 0, 'no card waits any more')

  /** Once the shopper of the merchant is back, half a minute passes. */
  async function returnedLongAgo(entityId: string) {
    await eventually(async () => {
      const { rowCount } = await sluice.ctx.store.db.query({
        name: 'test_returned_long_ago',
        text: `
          update authentications a
             set returned_on = a.returned_on - interval '30 seconds'
            from entities e
           where e.id = $1 and a.entity_key = e.entity_key and a.returned_on is not null and a.result is null`,
        values: [uuidOf('entity', entityId)],
      })
      return rowCount === 1
    })
  }
})
