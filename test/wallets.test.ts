/** Paying by wallet, from the token that a sheet hands over to the money. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { makeSessionData } from '@sluice/sealing/make'
import { forgetSpentWalletTokens } from '@sluice/server/store/spent-wallet-tokens'
import type { Exchange } from '@sluice/server/processors/exchange'
import type { TokenWallet } from '@sluice/core/wallets/tokens'
import { client, type Json, PUBLIC_KEY, type Session, type Sluice, startSluice } from './support/sluice.ts'

async function ownMerchant(sluice: Sluice, settings: Record<string, unknown>) {
  const { body: world } = await sluice.post('/sandbox/worlds', { channel: { settings } })
  return {
    ...client(sluice.urls, world.secret_key),
    entity: world.entity_id as string,
    publicKey: world.public_key as string,
  }
}
type Shop = Awaited<ReturnType<typeof ownMerchant>>

function asFrame(shop: Shop, path: string, body: object) {
  return shop.post(`${shop.urls.frames}/frame/wallets${path}`, body, { authorization: `Bearer ${shop.publicKey}` })
}

async function offered(shop: Shop, session: Session): Promise<Json[]> {
  const url = `${shop.urls.frames}/frame/payment-sessions/${session.id}`
  const answer = await fetch(url, { headers: { 'sluice-session-secret': session.payment_session_secret } })
  return ((await answer.json()) as Json).payment_methods
}

/** What a sheet hands over when the shopper chooses this card. */
async function approve(shop: Shop, session: Session, wallet: TokenWallet, card: string, direct = false) {
  const entry = (await offered(shop, session)).find(({ type }) => type === wallet)
  if (wallet === 'googlepay') {
    const request = {
      merchantInfo: { merchantId: entry.merchant.id },
      allowedPaymentMethods: [
        {
          type: 'CARD',
          tokenizationSpecification: direct ? entry.tokenize_specification : entry.tokenization_specification,
        },
      ],
    }
    const { body, status, text } = await asFrame(shop, '/googlepay/approve', { card, request })
    assert.equal(status, 200, text)
    return JSON.parse(body.paymentMethodData.tokenizationData.token)
  }
  const validated = await asFrame(shop, '/applepay/validate', {
    validation_url: 'https://apple-pay-gateway-cert.apple.com/paymentservices/startSession',
    recipient: direct ? 'merchant' : entry.recipient,
    domain: 'shop.example',
  })
  assert.equal(validated.status, 200, validated.text)
  const request = { currencyCode: entry.currency_code, total: entry.total }
  const { body, status, text } = await asFrame(shop, '/applepay/approve', {
    card,
    request,
    merchant_session: validated.body,
  })
  assert.equal(status, 200, text)
  return body.token.paymentData
}

function seal(shop: Shop, session: Session, type: TokenWallet, token: object) {
  return makeSessionData({
    framesUrl: shop.urls.frames,
    sessionId: session.id,
    secret: session.payment_session_secret,
    wallet: { type, token },
  })
}

async function pay(shop: Shop, session: Session, type: TokenWallet, token: object, members: object = {}) {
  const session_data = await seal(shop, session, type, token)
  return await shop.post(`/payment-sessions/${session.id}/submit`, { session_data, ...members })
}

test('wallets', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  for (const wallets of ['passthrough', 'decrypted'] as const) {
    const shop = await ownMerchant(sluice, { wallets })
    for (const wallet of ['googlepay', 'applepay'] as const) {
      await t.test(`${wallet}, ${wallets}: a device's card is paid with, and shown as a card of a wallet`, async () => {
        const session = await shop.requestSession({ '3ds': { enabled: true } })
        const token = await approve(shop, session, wallet, 'visa')
        const answer = await pay(shop, session, wallet, token)
        assert.equal(answer.status, 201, answer.text)
        const payment = await shop.payment(answer.body.id)
        assert.equal(payment.approved, true)
        assert.equal(payment.eci, '05')
        assert.equal(payment['3ds'], undefined)
        assert.equal(payment.source.type, 'card')
        assert.equal(payment.source.card_wallet_type, wallet)
        assert.equal(payment.source.last4, '4242')
        assert.equal(payment.source.scheme, 'VISA')
      })

      await t.test(`${wallet}, ${wallets}: the number is in no table`, async () => {
        const { rows } = await sluice.ctx.store.db.query<{ text: string }>({
          name: 'test_all_calls',
          text: `select coalesce(string_agg(c::text, ' '), '') as text from processor_calls c where c::text like $1`,
          values: ['%4242424242424242%'],
        })
        assert.equal(rows[0]?.text, '')
        const { rows: sent } = await sluice.ctx.store.db.query<{ text: string }>({
          name: 'test_placeholders',
          text: `select coalesce(string_agg(c::text, ' '), '') as text from processor_calls c where kind = 'authorize'`,
          values: [],
        })
        const placeholder = wallets === 'passthrough' ? '{{wallet.token}}' : '{{card.cryptogram}}'
        assert.ok(sent[0]?.text.includes(placeholder), sent[0]?.text)
      })

      await t.test(`${wallet}, ${wallets}: a decline is a decline`, async () => {
        const session = await shop.requestSession({})
        const answer = await pay(shop, session, wallet, await approve(shop, session, wallet, 'visa-declined'))
        assert.equal(answer.body.status, 'Declined', answer.text)
      })
    }
  }

  await t.test('the same sealed details may come again, the same token may not', async () => {
    const shop = await ownMerchant(sluice, { wallets: 'decrypted' })
    for (const wallet of ['googlepay', 'applepay'] as const) {
      const session = await shop.requestSession({})
      const token = await approve(shop, session, wallet, 'visa')
      const session_data = await seal(shop, session, wallet, token)
      const submit = () => shop.post(`/payment-sessions/${session.id}/submit`, { session_data })
      const first = await submit()
      assert.equal(first.status, 201, first.text)
      assert.deepEqual((await submit()).body, first.body)
      const other = await shop.requestSession({})
      const again = await pay(shop, other, wallet, token)
      assert.deepEqual([again.status, again.body.error_codes], [422, ['token_invalid']])
    }
  })

  await t.test('in doubt, the same details are never refused: the bank may hold the money', async (each) => {
    const MINUTE_MS = 60_000
    const ctx = sluice.ctx as { exchange: Exchange }
    const real = { exchange: ctx.exchange, now: Date.now }
    // A token of Apple's is too old after five minutes; keys that sign Google's are asked for again after ten.
    for (const [wallet, minutes, unreachable] of [
      ['applepay', 6, false],
      ['googlepay', 11, true],
    ] as const) {
      const shop = await ownMerchant(sluice, { wallets: 'decrypted' })
      await shop.post('/sandbox/clock', { freeze: true })
      const session = await shop.requestSession({ metadata: { sluice_simulator: 'drop_after_booking' } })
      const session_data = await seal(shop, session, wallet, await approve(shop, session, wallet, 'visa'))
      const submit = () => shop.post(`/payment-sessions/${session.id}/submit`, { session_data })
      const first = await submit()
      assert.deepEqual([first.status, first.body.status], [202, 'Pending'], first.text)

      const later = each.mock.method(Date, 'now', () => real.now() + minutes * MINUTE_MS)
      let failures = 0
      ctx.exchange = async (message, card, signal) => {
        if (!unreachable || !message.url.includes('/wallets/')) return await real.exchange(message, card, signal)
        failures++
        throw new Error('unreachable')
      }
      const again = await submit().finally(() => {
        later.mock.restore()
        ctx.exchange = real.exchange
      })
      assert.deepEqual([again.status, again.body], [202, first.body], again.text)
      assert.equal(failures > 0, unreachable)

      await shop.post('/sandbox/clock', { advance: 'PT1M' })
      assert.equal((await shop.payment(first.body.id)).status, 'Captured')
    }
  })

  for (const wallets of ['passthrough', 'decrypted'] as const) {
    await t.test(
      `${wallets}: a token costs nothing that was refused for what can be mended, and pays once`,
      async () => {
        const shop = await ownMerchant(sluice, { wallets })
        for (const wallet of ['googlepay', 'applepay'] as const) {
          const session = await shop.requestSession({ amount: 1000 })
          const token = await approve(shop, session, wallet, 'visa')
          const refusals: [members: object, code: string][] = [
            [{ capture_on: '2099-01-01T00:00:00Z' }, 'capture_on_invalid'],
            [{ customer: { id: 'cus_aaaaaaaaaaaaaaaaaaaaaaaaaa' } }, 'customer_not_found'],
          ]
          for (const [members, code] of refusals) {
            const refused = await pay(shop, session, wallet, token, members)
            assert.deepEqual(refused.body.error_codes, [code], refused.text)
          }
          // Sealed anew: by other details than were refused.
          const paid = await pay(shop, session, wallet, token)
          assert.equal(paid.body.status, 'Approved', paid.text)
          const again = await pay(shop, await shop.requestSession({ amount: 1000 }), wallet, token)
          assert.deepEqual([again.status, again.body.error_codes], [422, ['token_invalid']], again.text)
        }
      },
    )
  }

  await t.test('two submits with one token at the same moment: one of them pays', async () => {
    const shop = await ownMerchant(sluice, { wallets: 'decrypted' })
    const sessions = await Promise.all([shop.requestSession({}), shop.requestSession({})])
    const token = await approve(shop, sessions[0], 'googlepay', 'visa')
    const answers = await Promise.all(sessions.map((session) => pay(shop, session, 'googlepay', token)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422])
  })

  await t.test('tokens that were paid with are forgotten when they are too old to be believed', async () => {
    const { db } = sluice.ctx.store
    const count = async () =>
      Number(
        (
          await db.query<{ n: string }>({
            name: 'test_spent',
            text: 'select count(*) n from spent_wallet_tokens',
            values: [],
          })
        ).rows[0]?.n,
      )
    const spent = await count()
    assert.ok(spent > 0)
    assert.equal(await sluice.ctx.vault.forgetSpentWalletTokens(), 0)
    assert.equal(await forgetSpentWalletTokens(db, Date.now() + 15 * 86_400_000), spent)
    assert.equal(await count(), 0)
  })

  await t.test("one merchant's token does not pay at another", async () => {
    const shop = await ownMerchant(sluice, { wallets: 'decrypted' })
    const other = await ownMerchant(sluice, { wallets: 'decrypted' })
    for (const wallet of ['googlepay', 'applepay'] as const) {
      const token = await approve(shop, await shop.requestSession({}), wallet, 'visa')
      const answer = await pay(other, await other.requestSession({}), wallet, token)
      assert.deepEqual([answer.status, answer.body.error_codes], [422, ['token_invalid']])
    }
  })

  await t.test('Apple Pay: nobody is charged more than he approved', async () => {
    const shop = await ownMerchant(sluice, { wallets: 'decrypted' })
    const session = await shop.requestSession({ amount: 1000 })
    const token = await approve(shop, session, 'applepay', 'visa')
    const more = await pay(shop, session, 'applepay', token, { amount: 1001 })
    assert.deepEqual([more.status, more.body.error_codes], [422, ['token_invalid']])
  })

  await t.test(
    'Apple Pay, passed through: the gateway takes no more than was approved, and no other money',
    async () => {
      const shop = await ownMerchant(sluice, { wallets: 'passthrough' })
      for (const [members, status] of [
        [{ amount: 1001 }, 'Declined'],
        [{ amount: 1000, currency: 'EUR' }, 'Declined'],
        [{ amount: 999 }, 'Approved'],
      ] as const) {
        const session = await shop.requestSession({ amount: 1000, currency: 'GBP' })
        const answer = await pay(shop, session, 'applepay', await approve(shop, session, 'applepay', 'visa'), members)
        assert.equal(answer.body.status, status, answer.text)
      }
    },
  )

  await t.test(
    'Google Pay, decrypted: a card without a proof is challenged where the session asks, and only there',
    async () => {
      const shop = await ownMerchant(sluice, { wallets: 'decrypted', authentication: 'external' })
      const asked = await shop.requestSession({ '3ds': { enabled: true } })
      const challenged = await pay(shop, asked, 'googlepay', await approve(shop, asked, 'googlepay', 'visa-number'))
      assert.equal(challenged.body.status, 'Action Required', challenged.text)
      const proven = await shop.requestSession({ '3ds': { enabled: true } })
      const paid = await pay(shop, proven, 'googlepay', await approve(shop, proven, 'googlepay', 'visa'))
      assert.equal(paid.body.status, 'Approved', paid.text)
      const unasked = await shop.requestSession({})
      const plain = await pay(shop, unasked, 'googlepay', await approve(shop, unasked, 'googlepay', 'visa-number'))
      assert.equal(plain.body.status, 'Approved', plain.text)
    },
  )

  await t.test('Google Pay, passed through: a challenge that the processor holds ends with the processor', async () => {
    const shop = await ownMerchant(sluice, { wallets: 'passthrough', authentication: 'external' })
    const challenged = async () => {
      const session = await shop.requestSession({ '3ds': { enabled: true } })
      const answer = await pay(shop, session, 'googlepay', await approve(shop, session, 'googlepay', 'visa-number'))
      assert.equal(answer.body.status, 'Action Required', answer.text)
      return { session, answer }
    }
    const approveAtBank = ({ body }: Json) =>
      fetch(body.action.url, { method: 'POST', body: new URLSearchParams({ choice: 'approve' }), redirect: 'manual' })

    const { answer } = await challenged()
    const back = (await approveAtBank(answer)).headers.get('location')
    assert.ok(back)
    await fetch(back, { redirect: 'manual' })
    assert.equal((await shop.payment(answer.body.id)).approved, true)

    const left = await challenged()
    const token = await approve(shop, left.session, 'googlepay', 'visa')
    assert.equal((await pay(shop, left.session, 'googlepay', token)).body.status, 'Approved')
    await approveAtBank(left.answer)
    const { rows } = await sluice.ctx.store.db.query<{ outcome: string }>({
      name: 'test_cancels',
      text: `select outcome from processor_calls where payment_id = $1 and kind = 'cancel'`,
      values: [uuidOf('payment', left.answer.body.id)],
    })
    assert.deepEqual(rows, [{ outcome: 'cancelled' }], 'what the shopper left was stopped at the bank')
  })

  await t.test('tokens of ours are made of what a wallet handed over, once', async () => {
    const shop = await ownMerchant(sluice, { wallets: 'passthrough' })
    const session = await shop.requestSession({})
    for (const type of ['googlepay', 'applepay'] as const) {
      const token_data = await approve(shop, session, type, 'visa', true)
      const exchange = () => shop.post('/tokens', { type, token_data }, { authorization: `Bearer ${shop.publicKey}` })
      const made = await exchange()
      assert.equal(made.status, 201, made.text)
      assert.match(made.body.token, /^tok_/)
      const { last4, bin, expiry_month, expiry_year, token_format, scheme } = made.body
      assert.deepEqual(
        { type: made.body.type, last4, bin, expiry_month, expiry_year, token_format, scheme },
        {
          type,
          last4: '4242',
          bin: '42424242',
          expiry_month: 12,
          expiry_year: 2049,
          token_format: 'cryptogram_3ds',
          scheme: 'Visa',
        },
      )
      assert.equal(made.text.includes('4242424242424242'), false)
      const again = await exchange()
      assert.deepEqual([again.status, again.body.error_codes], [422, ['token_data_invalid']])
    }
  })

  await t.test(
    'in sandbox wallets are offered without being asked for: a world, and the merchant of the start',
    async (each) => {
      const world = await ownMerchant(sluice, {})
      const started = await startSluice(each, { wallets: 'seeded' })
      const items = [{ name: 'Chair', quantity: 1, unit_price: 1000 }]
      for (const [shop, key] of [
        [world, world.publicKey],
        [started, PUBLIC_KEY],
      ] as const) {
        const merchant = { ...shop, publicKey: key, entity: '' }
        const session = await merchant.requestSession({ items })
        const names = (await offered(merchant, session)).map(({ type }) => type)
        assert.deepEqual(
          ['applepay', 'googlepay', 'paypal'].filter((name) => !names.includes(name)),
          [],
        )
        const token = await approve(merchant, session, 'googlepay', 'visa')
        assert.equal((await pay(merchant, session, 'googlepay', token)).body.status, 'Approved')
      }
    },
  )

  await t.test('wallets are offered where the channel takes them, and merchants validated at Apple only', async () => {
    const without = await ownMerchant(sluice, { wallets: 'none' })
    const names = (await offered(without, await without.requestSession({}))).map(({ type }) => type)
    assert.equal(names.includes('googlepay') || names.includes('applepay'), false)
    const refused = await asFrame(without, '/applepay/validate', {
      validation_url: 'https://apple-pay-gateway.apple.com.evil.example/paymentservices/startSession',
      recipient: 'merchant',
      domain: 'shop.example',
    })
    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['validation_url_invalid']])
  })
})
