/**
 * Google's and Apple's doors: the keys that they publish, and what their sheets would hand to a page once the shopper has
 * chosen a card. Only a sandbox asks, from server to server; times are its own, since the bank has no clock.
 */
import type { FastifyInstance } from 'fastify'
import { exponentOf } from '@sluice/core/currencies'
import { type Static, Type } from 'typebox'
import type { Simulator } from '../app.ts'
import { googleAddress, WALLET_ADDRESSES, walletAddress } from './addresses.ts'
import { applePayment, appleToken, GATEWAY_MERCHANT, merchantOf, merchantSession } from './apple.ts'
import { WALLET_CARDS, walletCard } from './cards.ts'
import { rootCertificate } from './certificates.ts'
import { gatewayRecipient, googleRoots, googleToken, paymentData, type Recipient } from './google.ts'
import { walletKeys } from './keys.ts'

const Facts = Type.Record(Type.String(), Type.Unknown())
/** Real time, milliseconds since 1970. */
const At = Type.Integer({ minimum: 0 })
const KeyText = Type.String({ maxLength: 512 })

const GooglePayment = Type.Object({
  card: Type.String(),
  address: Type.Optional(Type.String()),
  request: Facts,
  at: At,
})
const AppleSession = Type.Object({
  merchantIdentifier: Type.Optional(Type.String({ maxLength: 255 })),
  displayName: Type.String({ maxLength: 255 }),
  initiative: Type.Literal('web'),
  initiativeContext: Type.String({ maxLength: 255 }),
  /** What the merchant's payment processing certificate says, which Apple knows: base64 SubjectPublicKeyInfo. */
  paymentProcessingKey: Type.Optional(KeyText),
  at: At,
})
const ApplePayment = Type.Object({
  card: Type.String(),
  address: Type.Optional(Type.String()),
  request: Facts,
  merchantSession: Facts,
  at: At,
})

export function walletRoutes(app: FastifyInstance, bank: Simulator) {
  const keys = walletKeys(bank.secret)

  app.get('/wallets/googlepay/keys.json', () => googleRoots(keys))

  app.get('/wallets/applepay/root', () => ({ certificate: rootCertificate(keys).toString('base64') }))

  app.get('/wallets/cards', () => ({
    cards: WALLET_CARDS.map(({ id, appleNetwork, number, network, type, auth }) => ({
      id,
      label: `${appleNetwork} •••• ${number.slice(-4)}`,
      network,
      type,
      auth,
    })),
    addresses: WALLET_ADDRESSES.map(({ id, lines, city }) => ({ id, label: `${lines[0]}, ${city}` })),
  }))

  app.post('/wallets/googlepay/payment-data', { schema: { body: GooglePayment } }, async (request, reply) => {
    const { card: id, address, request: asked, at } = request.body as Static<typeof GooglePayment>
    const card = walletCard(id)
    const specification = specificationOf(asked)
    const recipient = specification && recipientOf(specification, asked)
    if (!card || !recipient) return reply.code(422).send({ error: 'request_invalid', message: 'DEVELOPER_ERROR' })
    const format = billingFormat(asked)
    const billing = format && googleAddress(walletAddress(address), format === 'FULL')
    return paymentData(card, googleToken(keys, card, recipient, at), specification.type, billing)
  })

  app.post('/wallets/applepay/start-session', { schema: { body: AppleSession } }, async (request) => {
    const { merchantIdentifier, paymentProcessingKey, displayName, initiativeContext, at } = request.body as Static<
      typeof AppleSession
    >
    const merchant =
      merchantIdentifier !== undefined && paymentProcessingKey !== undefined
        ? { id: merchantIdentifier, key: Buffer.from(paymentProcessingKey, 'base64') }
        : { id: GATEWAY_MERCHANT, key: keys('apple-gateway').publicKey }
    return merchantSession(bank.secret, merchant, { domain: initiativeContext, displayName, at })
  })

  app.post('/wallets/applepay/payments', { schema: { body: ApplePayment } }, async (request, reply) => {
    const { card: id, address, request: asked, merchantSession, at } = request.body as Static<typeof ApplePayment>
    const card = walletCard(id)
    const merchant = merchantOf(bank.secret, merchantSession, at)
    const sum = sumOf(asked)
    // Apple holds no card without the means to prove its owner.
    if (!card || card.auth === 'PAN_ONLY' || !merchant || !sum) {
      return reply.code(422).send({ error: 'request_invalid', message: 'The payment cannot be authorized.' })
    }
    const fields = asked['requiredBillingContactFields']
    const billing = Array.isArray(fields) && fields.includes('postalAddress') ? walletAddress(address) : undefined
    return applePayment(card, appleToken(keys, card, merchant, { ...sum, at }), billing)
  })

  function recipientOf(specification: Specification, asked: Record<string, unknown>): Recipient | undefined {
    const { type, parameters } = specification
    if (type === 'PAYMENT_GATEWAY') return gatewayRecipient(keys)
    const { merchantId } = (asked['merchantInfo'] ?? {}) as { merchantId?: unknown }
    const key = parameters['publicKey']
    if (typeof merchantId !== 'string' || typeof key !== 'string') return undefined
    return { id: `merchant:${merchantId}`, key: Buffer.from(key, 'base64') }
  }
}

interface Specification {
  type: 'DIRECT' | 'PAYMENT_GATEWAY'
  parameters: Record<string, unknown>
}

function specificationOf(asked: Record<string, unknown>): Specification | undefined {
  const [method] = (asked['allowedPaymentMethods'] ?? []) as { tokenizationSpecification?: Partial<Specification> }[]
  const { type, parameters } = method?.tokenizationSpecification ?? {}
  return (type === 'DIRECT' || type === 'PAYMENT_GATEWAY') && parameters ? { type, parameters } : undefined
}

/** Google's short form is the default of who asks for an address; `undefined` for who asks for none. */
function billingFormat(asked: Record<string, unknown>): 'MIN' | 'FULL' | undefined {
  const [method] = (asked['allowedPaymentMethods'] ?? []) as {
    parameters?: { billingAddressRequired?: unknown; billingAddressParameters?: { format?: unknown } }
  }[]
  if (method?.parameters?.billingAddressRequired !== true) return undefined
  return method.parameters.billingAddressParameters?.format === 'FULL' ? 'FULL' : 'MIN'
}

/** Minor units of the decimal text of an `ApplePayPaymentRequest`. */
function sumOf(asked: Record<string, unknown>): { amount: number; currency: string } | undefined {
  const { currencyCode: currency, total } = asked as { currencyCode?: unknown; total?: { amount?: unknown } }
  if (typeof currency !== 'string' || typeof total?.amount !== 'string') return undefined
  const amount = Math.round(Number(total.amount) * 10 ** exponentOf(currency))
  return Number.isSafeInteger(amount) && amount >= 0 ? { amount, currency } : undefined
}
