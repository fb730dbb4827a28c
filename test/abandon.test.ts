/**
 * A shopper of a shop without sessions leaves the bank's page and pays another way. Each `complete` makes a session of
 * its own, so the old attempt is stopped before the next one begins, or the next one must wait.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSessionlessData } from '@sluice/sealing/make'
import type { TypedCard } from '@sluice/sealing/payload'
import type { Exchange } from '@sluice/server/processors/exchange'
import { ProcessorError } from '@sluice/server/processors/processor'
import { CARDS } from './support/cards.ts'
import {
  type Answer,
  client,
  eventually,
  PUBLIC_KEY,
  SANDBOX_ENTITY,
  SECRET_KEY,
  SESSION_BODY,
  type Session,
  startSluice,
} from './support/sluice.ts'

const SANDBOX = { publicKey: PUBLIC_KEY, secretKey: SECRET_KEY, entity: SANDBOX_ENTITY }
type Merchant = typeof SANDBOX

/** One attempt of a shop without sessions, and how it is abandoned. */
interface Attempt {
  session: Session
  paymentId: string
  answer: Answer
  /** The bank's page. */
  page: string
}

test('an attempt that is left for one on another session', async (t) => {
  const seams: { claimed?: () => Promise<void> } = {}
  const sluice = await startSluice(t, {
    authentication: 'integrated',
    async seam(name) {
      if (name === 'submit.claimed') await seams.claimed?.()
    },
  })
  const { frames } = sluice.urls
  t.afterEach(() => sluice.assertSound())

  async function complete(
    members: Record<string, unknown> = {},
    merchant: Merchant = SANDBOX,
    card: TypedCard = CARDS.approved,
  ): Promise<Attempt> {
    const session_data = await makeSessionlessData({
      framesUrl: frames,
      entityId: merchant.entity,
      card,
    })
    const body = { ...SESSION_BODY, session_data, ...members }
    const answer = await client(sluice.urls, merchant.secretKey).post('/payment-sessions/complete', body)
    assert.ok(answer.status < 300, answer.text)
    const { payment_session_id: id, payment_session_secret } = answer.body
    const session = { id, payment_session_secret }
    return { session, paymentId: answer.body.id, answer, page: answer.body.action?.url }
  }
  /** Without the capture that would come a moment after an approval. */
  const challenge = (simulator?: string, merchant?: Merchant) => {
    const metadata = simulator && { metadata: { sluice_simulator: simulator } }
    return complete({ capture: false, '3ds': { enabled: true }, ...metadata }, merchant)
  }
  const abandon = (session: Session, headers: Record<string, string> = {}) =>
    sluice.call('POST', `${frames}/frame/payment-sessions/${session.id}/abandon`, undefined, {
      authorization: `Bearer ${PUBLIC_KEY}`,
      'sluice-session-secret': session.payment_session_secret,
      ...headers,
    })
  /** The shopper presses a button of the bank's page, and does not come back from it. */
  const press = (page: string, choice = 'approve') =>
    fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ choice }) })
  const statusOf = async ({ session }: Attempt) => (await sluice.get(`/payment-sessions/${session.id}`)).body.status
  const entriesOf = async ({ paymentId }: Attempt, entity = SANDBOX_ENTITY) =>
    (await sluice.ledger(entity)).filter(({ of }) => of === paymentId).map(({ kind }) => kind)

  function assertRefused(answer: Answer, status: number, code: string) {
    assert.deepEqual([answer.status, answer.body?.error_codes], [status, [code]], answer.text)
    if (code !== 'payment_session_already_completed') assert.ok(Number(answer.headers.get('retry-after')) > 0)
  }

  await t.test('it is stopped at the bank, whose page approves nothing any more', async () => {
    const attempt = await challenge()
    const answer = await abandon(attempt.session)
    assert.deepEqual([answer.status, answer.text, answer.headers.get('cache-control')], [204, '', 'no-store'])
    assert.equal((await sluice.payment(attempt.paymentId)).status, 'Canceled')
    await press(attempt.page)
    assert.equal((await complete()).answer.body.status, 'Approved')
    assert.deepEqual(await entriesOf(attempt), [])
    assert.equal((await sluice.payment(attempt.paymentId)).status, 'Canceled')
  })

  await t.test('where nothing waits there is nothing to stop, as often as it is asked', async () => {
    const fresh = await sluice.requestSession()
    assert.equal((await abandon(fresh)).status, 204)
    const attempt = await challenge()
    await Promise.all([abandon(attempt.session), abandon(attempt.session)])
    assert.equal((await abandon(attempt.session)).status, 204)
    const declined = await complete({}, SANDBOX, CARDS.declined)
    assert.equal((await abandon(declined.session)).status, 204)
  })

  await t.test('it is stopped also when the time of its session is over', async () => {
    const expires_on = new Date(Date.now() + 60_000).toISOString()
    const session = await sluice.requestSession({ '3ds': { enabled: true }, expires_on })
    const waiting = await sluice.submit(session, CARDS.approved)
    assert.equal(waiting.status, 202, waiting.text)
    await sluice.advance('2 minutes')
    assert.equal((await abandon(session)).status, 204)
    assert.equal((await sluice.payment(waiting.body.id)).status, 'Canceled')
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Expired')
    assert.equal((await abandon(session)).status, 204)
  })

  await t.test('what was approved meanwhile is the payment, and no other one is needed', async () => {
    const attempt = await challenge()
    await press(attempt.page)
    assertRefused(await abandon(attempt.session), 422, 'payment_session_already_completed')
    assert.equal(await statusOf(attempt), 'Approved')
    assert.equal((await sluice.payment(attempt.paymentId)).approved, true)
    const paid = await complete()
    assertRefused(await abandon(paid.session), 422, 'payment_session_already_completed')
  })

  await t.test('what the bank declined meanwhile is in nobody’s way', async () => {
    const attempt = await challenge()
    await press(attempt.page, 'fail')
    assert.equal((await abandon(attempt.session)).status, 204)
    assert.equal((await sluice.payment(attempt.paymentId)).status, 'Declined')
  })

  await t.test('a bank that does not stop it, or does not say so, keeps the shopper waiting', async () => {
    const kept = await challenge('refuse_cancel')
    assertRefused(await abandon(kept.session), 422, 'payment_session_attempt_pending')
    assert.equal(await statusOf(kept), 'Action Required')
    await press(kept.page)
    assertRefused(await abandon(kept.session), 422, 'payment_session_already_completed')

    const unheard = await challenge()
    const ctx = sluice.ctx as { exchange: Exchange }
    const real = ctx.exchange
    ctx.exchange = async (message, card, signal) => {
      const reply = await real(message, card, signal)
      if (!message.url.endsWith('/cancel')) return reply
      ctx.exchange = real
      throw new ProcessorError('the answer was lost', 'maybe')
    }
    assertRefused(await abandon(unheard.session), 422, 'payment_session_attempt_pending')
    assert.equal((await abandon(unheard.session)).status, 204, 'asked again, the bank says that it stopped')
    assert.deepEqual(await entriesOf(unheard), [])
  })

  await t.test('a channel that lets an attempt go without the bank’s word does not do so here', async () => {
    const { body: world } = await sluice.post('/sandbox/worlds', {
      channel: { settings: { processor: 'simulator', authentication: 'integrated', on_abandoned: 'allow' } },
    })
    const merchant = { publicKey: world.public_key, secretKey: world.secret_key, entity: world.entity_id }
    const attempt = await challenge('refuse_cancel', merchant)
    const answer = await abandon(attempt.session, { authorization: `Bearer ${world.public_key}` })
    assertRefused(answer, 422, 'payment_session_attempt_pending')
    await press(attempt.page)
    assertRefused(
      await abandon(attempt.session, { authorization: `Bearer ${world.public_key}` }),
      422,
      'payment_session_already_completed',
    )
    assert.deepEqual(await entriesOf(attempt, world.entity_id), ['authorization'])
  })

  await t.test('an attempt that is being sent, or in doubt, cannot be left', async () => {
    const [claimed, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    seams.claimed = async () => {
      claimed.resolve()
      await go.promise
    }
    const session = await sluice.requestSession({ '3ds': { enabled: true } })
    const sending = sluice.submit(session, CARDS.approved)
    await claimed.promise
    delete seams.claimed
    assertRefused(await abandon(session), 429, 'session_already_in_use')
    go.resolve()
    assert.equal((await sending).status, 202)
    assert.equal((await abandon(session)).status, 204)

    const doubt = await complete({
      capture: false,
      metadata: { sluice_simulator: 'drop_after_booking retrieve.http_500' },
    })
    assert.equal(doubt.answer.status, 202)
    assertRefused(await abandon(doubt.session), 422, 'payment_session_attempt_pending')
  })

  await t.test('left and approved at the same moment, it is one or the other', async () => {
    for (let round = 0; round < 6; round++) {
      const attempt = await challenge()
      const approve = async () => {
        const pressed = await press(attempt.page)
        await fetch(pressed.headers.get('location') as string, { redirect: 'manual' })
      }
      const [first] = await Promise.all([abandon(attempt.session), approve()])
      const said =
        first.status === 429
          ? await eventually(async () => {
              const again = await abandon(attempt.session)
              return again.status !== 429 && again
            })
          : first
      const { status } = await sluice.payment(attempt.paymentId)
      if (said.status === 204) {
        assert.equal(status, 'Canceled')
        assert.deepEqual(await entriesOf(attempt), [])
      } else {
        assertRefused(said, 422, 'payment_session_already_completed')
        assert.equal(await statusOf(attempt), 'Approved')
      }
    }
  })

  await t.test('it takes the public key of this merchant, the secret of this session, and our own page', async () => {
    const [attempt, other] = await Promise.all([challenge(), challenge()])
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    const { session } = attempt
    const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
    const another = other.session.payment_session_secret
    assert.equal((await abandon(session, bearer(world.public_key))).status, 404)
    assert.equal((await abandon(session, bearer(SECRET_KEY))).status, 401)
    assert.equal((await abandon(session, { 'sluice-session-secret': another })).status, 401)
    assert.equal((await abandon(session, { origin: 'https://shop.example' })).status, 403)
    assert.equal((await abandon(session, { 'sec-fetch-site': 'cross-site' })).status, 403)
    assert.equal((await abandon({ ...session, id: 'ps_nothing' })).status, 401)
    const onApi = `${sluice.urls.api}/frame/payment-sessions/${session.id}/abandon`
    assert.equal((await fetch(onApi, { method: 'POST', headers: bearer(PUBLIC_KEY) })).status, 404)
    assert.equal(await statusOf(attempt), 'Action Required')
    assert.equal((await abandon(session, { origin: frames })).status, 204)
    assert.equal(await statusOf(other), 'Action Required')
  })
})
