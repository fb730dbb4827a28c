/** Paying by wallet, from the token that a sheet hands over to the money. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSessionData } from '@sluice/sealing/make'
import type { TokenWallet } from '@sluice/core/wallets/tokens'
import { client, type Json, type Session, type Sluice, startSluice } from './support/sluice.ts'

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
  const entry = (await offered(shop, session)).find(({ type }) => type === wallet) as Json
  if (wallet === 'googlepay') {
    const request = {
      merchantInfo: { merchantId: entry.merchant.id },
      allowedPaymentMethods: [
        { type: 'CARD', tokenizationSpecification: direct ? entry.tokenize_specification : entry.tokenization_specification },
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

async function pay(shop: Shop, session: Session, type: TokenWallet, token: object, members: object = {}) {
  const session_data = await makeSessionData({
    framesUrl: shop.urls.frames,
    sessionId: session.id,
    secret: session.payment_session_secret,
    wallet: { type, token },
  })
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

      await t.test(`${wallet}, ${wallets}: a decline is a decline`, async () => {
        const session = await shop.requestSession({})
        const answer = await pay(shop, session, wallet, await approve(shop, session, wallet, 'visa-declined'))
        assert.equal(answer.body.status, 'Declined', answer.text)
      })
    }
  }
})
