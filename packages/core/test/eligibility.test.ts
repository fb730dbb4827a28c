import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type EligibilityChannel,
  type EligibilityRequest,
  eligibility,
  methodProblems,
  offeredMethods,
  REASONS,
} from '../src/eligibility.ts'
import { METHOD_NAMES, PAYMENT_METHODS, type PaymentMethod } from '../src/payment-methods.ts'

const CHANNEL: EligibilityChannel = {
  methods: 'all',
  processor: {
    methods: METHOD_NAMES,
    currencies: 'all',
    countries: 'all',
    maxAmount: 999_999_999,
    zeroAmount: true,
    wallets: 'passthrough',
  },
  walletsSetUp: { applepay: true, googlepay: true },
  authenticatorSetUp: true,
  hasStoredCards: true,
}

type Request = EligibilityRequest & Record<string, unknown>

function request(amount: number, currency: string, country: string, more: Partial<Request> = {}): Request {
  return { amount, currency, billing: { address: { country } }, ...more }
}

function reasonsOf(method: string, asked: EligibilityRequest, channel = CHANNEL): string[] {
  const answer = eligibility(asked, channel).find(({ type }) => type === method)
  return (answer?.reasons ?? []).map(({ code, field }) => (field ? `${code}:${field}` : code))
}

function withProcessor(more: Partial<NonNullable<EligibilityChannel['processor']>>): EligibilityChannel {
  return { ...CHANNEL, processor: { ...(CHANNEL.processor as NonNullable<EligibilityChannel['processor']>), ...more } }
}

test('the smallest British session offers card, wallets and the British bank debit', () => {
  assert.deepEqual(offeredMethods(request(1000, 'GBP', 'GB'), CHANNEL), ['card', 'applepay', 'googlepay', 'bacs'])
})

test('a Dutch session with a reference offers iDEAL, without one it says what is missing', () => {
  assert.deepEqual(reasonsOf('ideal', request(1000, 'EUR', 'NL', { reference: 'ORD1' })), ['matches'])
  assert.deepEqual(reasonsOf('ideal', request(1000, 'EUR', 'NL')), ['member_missing:reference'])
  assert.deepEqual(reasonsOf('ideal', request(1000, 'EUR', 'NL', { reference: '' })), ['member_missing:reference'])
})

test('all that stands against a method is told at once', () => {
  const asked = request(0, 'USD', 'GB', { payment_type: 'Recurring', disabled_payment_methods: ['ideal'] })
  assert.deepEqual(reasonsOf('ideal', asked, { ...CHANNEL, methods: ['card'], processor: undefined }), [
    'disabled_by_request:disabled_payment_methods',
    'not_enabled_for_channel',
    'country_not_supported:billing.address.country',
    'currency_not_supported:currency',
    'payment_type_not_supported:payment_type',
    'amount_zero_not_supported:amount',
    'member_missing:reference',
    'no_processor',
  ])
})

test('each reason comes with its sentence', () => {
  for (const { reasons } of eligibility(request(1000, 'EUR', 'NL'), CHANNEL)) {
    for (const { code, message } of reasons) assert.equal(message, REASONS[code].message)
  }
})

test('a method named as enabled and as disabled is disabled', () => {
  const asked = request(1000, 'GBP', 'GB', {
    enabled_payment_methods: ['card', 'applepay'],
    disabled_payment_methods: ['card'],
  })
  assert.deepEqual(offeredMethods(asked, CHANNEL), ['applepay'])
})

test('an empty list of enabled methods enables none, and the session offers nothing', () => {
  assert.deepEqual(offeredMethods(request(1000, 'GBP', 'GB', { enabled_payment_methods: [] }), CHANNEL), [])
})

test('an amount of 0 offers only what verifies a card', () => {
  const asked = request(0, 'EUR', 'NL', { reference: 'ORD1', customer: { id: 'cus_1', email: 'a@example.com' } })
  assert.deepEqual(offeredMethods(asked, CHANNEL), ['card', 'stored_card', 'applepay', 'googlepay'])
  assert.deepEqual(offeredMethods(asked, withProcessor({ zeroAmount: false })), [])
  assert.deepEqual(reasonsOf('card', asked, withProcessor({ zeroAmount: false })), [
    'amount_zero_not_supported_by_processor:amount',
  ])
})

test('Klarna takes only the currency of the billing country', () => {
  const items = [{ name: 'Chair', quantity: 1, unit_price: 1000 }]
  assert.deepEqual(reasonsOf('klarna', request(1000, 'SEK', 'SE', { items })), ['matches'])
  assert.deepEqual(reasonsOf('klarna', request(1000, 'EUR', 'SE', { items })), ['currency_not_of_country:currency'])
  assert.deepEqual(reasonsOf('klarna', request(1000, 'USD', 'SE', { items })), ['currency_not_supported:currency'])
  assert.deepEqual(reasonsOf('klarna', request(1000, 'SEK', 'SE')), ['member_missing:items'])
})

test('PayPal wants items that add up to the amount', () => {
  const items = [
    { name: 'Chair', quantity: 2, unit_price: 400 },
    { name: 'Cushion', quantity: 1, unit_price: 200 },
  ]
  assert.deepEqual(reasonsOf('paypal', request(1000, 'USD', 'US', { items })), ['matches'])
  assert.deepEqual(reasonsOf('paypal', request(1001, 'USD', 'US', { items })), ['amounts_differ:items'])
  assert.deepEqual(reasonsOf('paypal', request(1000, 'USD', 'US', { items: [] })), ['member_missing:items'])
})

test('members asked of every item must be on every item', () => {
  const whole = { type: 'physical', name: 'Chair', quantity: 1, unit_price: 1, reference: 'C1', total_amount: 1 }
  const { reference: _, ...withoutReference } = whole
  const asked = (items: object[]) => request(2, 'EUR', 'ES', { items, processing: { product_type: 'invoice' } })
  assert.deepEqual(reasonsOf('sequra', asked([whole, whole])), ['matches'])
  assert.deepEqual(reasonsOf('sequra', asked([whole, withoutReference])), ['member_missing:items.reference'])
  assert.deepEqual(reasonsOf('sequra', asked([])), ['member_missing:items'])
})

test('Tamara names each member of customer and shipping that is missing', () => {
  assert.deepEqual(reasonsOf('tamara', request(1000, 'SAR', 'SA', { reference: 'R', customer: { name: 'Sara' } })), [
    'member_missing:customer.email',
    'member_missing:customer.phone.number',
    'member_missing:shipping.address.address_line1',
    'member_missing:shipping.address.city',
    'member_missing:shipping.address.country',
  ])
})

test('saved cards need somebody named by the server, and a card kept', () => {
  assert.deepEqual(reasonsOf('stored_card', request(1, 'GBP', 'GB', { customer: { email: 'a@example.com' } })), [
    'member_missing:customer.id',
  ])
  for (const named of [
    { customer: { id: 'cus_1' } },
    { payment_method_configuration: { stored_card: { customer_id: 'cus_1' } } },
    { payment_method_configuration: { stored_card: { instrument_ids: ['src_1'] } } },
  ]) {
    assert.deepEqual(reasonsOf('stored_card', request(1, 'GBP', 'GB', named)), ['matches'])
    assert.deepEqual(reasonsOf('stored_card', request(1, 'GBP', 'GB', named), { ...CHANNEL, hasStoredCards: false }), [
      'no_stored_cards',
    ])
  }
})

test('Remember Me is offered only where the channel names it', () => {
  const asked = request(1000, 'GBP', 'GB')
  assert.deepEqual(reasonsOf('remember_me', asked), ['not_enabled_for_channel'])
  assert.deepEqual(reasonsOf('remember_me', asked, { ...CHANNEL, methods: ['remember_me'] }), ['matches'])
})

test('a MOTO payment is taken by card, never by wallet', () => {
  const asked = request(1000, 'GBP', 'GB', { payment_type: 'MOTO', customer: { id: 'cus_1' } })
  assert.deepEqual(offeredMethods(asked, CHANNEL), ['card', 'stored_card'])
  assert.deepEqual(reasonsOf('applepay', asked), ['wallets_not_for_moto:payment_type'])
})

test('what the processor cannot do is said to be the processor’s', () => {
  const asked = request(1000, 'GBP', 'GB')
  const lacking = withProcessor({ currencies: ['EUR'], countries: ['NL'], maxAmount: 999, wallets: 'none' })
  assert.deepEqual(reasonsOf('googlepay', asked, lacking), [
    'country_not_supported_by_processor:billing.address.country',
    'currency_not_supported_by_processor:currency',
    'amount_above_processor_limit:amount',
    'wallets_not_supported_by_processor',
  ])
  assert.deepEqual(reasonsOf('card', asked, withProcessor({ methods: ['ideal'] })), ['no_processor'])
})

test('cards that are authenticated outside the processor need somebody to ask', () => {
  const asked = request(1000, 'GBP', 'GB')
  const nobody = { ...CHANNEL, authenticatorSetUp: false }
  assert.deepEqual(reasonsOf('card', asked, nobody), ['no_authenticator'])
  assert.deepEqual(methodProblems('card', asked, nobody), ['payment_method_not_supported'])
  assert.deepEqual(offeredMethods(asked, nobody), ['applepay', 'googlepay', 'bacs'])
})

test('a wallet that the installation is not set up for is not offered, and PayPal not without a processor that takes it', () => {
  const asked = request(1000, 'GBP', 'GB', { items: [{ unit_price: 1000, quantity: 1 }] })
  const half = { ...CHANNEL, walletsSetUp: { applepay: false, googlepay: true } }
  assert.deepEqual(reasonsOf('applepay', asked, half), ['wallet_not_set_up'])
  assert.deepEqual(reasonsOf('googlepay', asked, half), ['matches'])
  assert.deepEqual(methodProblems('applepay', asked, half), ['payment_method_not_supported'])
  const unasked = { ...withProcessor({ wallets: 'none' }), walletsSetUp: half.walletsSetUp }
  assert.deepEqual(reasonsOf('applepay', asked, unasked), ['wallets_not_supported_by_processor'])
  assert.deepEqual(reasonsOf('paypal', asked), ['matches'])
  assert.deepEqual(reasonsOf('paypal', asked, withProcessor({ methods: ['card', 'applepay'] })), ['no_processor'])
})

test('retired methods are never offered', () => {
  assert.deepEqual(reasonsOf('sofort', request(1000, 'EUR', 'DE')), ['method_retired'])
  assert.deepEqual(reasonsOf('giropay', request(1000, 'EUR', 'DE')), ['method_retired'])
})

test('an attempt by a method the session does not offer is refused with that alone', () => {
  const dutch = request(1000, 'EUR', 'NL', { reference: 'x'.repeat(40) })
  assert.deepEqual(methodProblems('ideal', dutch, withProcessor({ methods: ['card'] })), [
    'payment_method_not_supported',
  ])
  assert.deepEqual(methodProblems('cash', dutch, CHANNEL), ['payment_method_not_supported'])
  assert.deepEqual(methodProblems('applepay', { ...dutch, payment_type: 'MOTO' }, CHANNEL), [
    'payment_method_not_supported',
  ])
  assert.deepEqual(methodProblems('octopus', request(1000, 'USD', 'HK'), CHANNEL), ['currency_not_supported'])
})

test('missing members are refused by the name of the member, all at once', () => {
  assert.deepEqual(methodProblems('tamara', request(1000, 'SAR', 'SA'), CHANNEL), [
    'reference_required',
    'customer_email_required',
    'customer_name_required',
    'customer_phone_number_required',
    'shipping_address_address_line1_required',
    'shipping_address_city_required',
    'shipping_address_country_required',
  ])
  assert.deepEqual(methodProblems('wechatpay', request(1, 'CNY', 'CN', { items: [{}] }), CHANNEL), [
    'items_wxpay_goods_id_required',
    'items_name_required',
    'items_quantity_required',
    'items_unit_price_required',
    'processing_product_type_required',
  ])
  assert.deepEqual(methodProblems('paypal', request(5, 'USD', 'US', { items: [{ unit_price: 4 }] }), CHANNEL), [
    'items_invalid',
  ])
})

test('a reference on an American Express card has at most 30 characters, on other cards 50', () => {
  for (const scheme of ['AMEX', 'Amex', 'American Express', 'american-express', 'AMERICAN_EXPRESS']) {
    assert.deepEqual(methodProblems('card', british(31), CHANNEL, { scheme }), ['reference_invalid'], scheme)
    assert.deepEqual(methodProblems('card', british(30), CHANNEL, { scheme }), [], scheme)
  }
  assert.deepEqual(methodProblems('card', british(50), CHANNEL, { scheme: 'VISA' }), [])
  assert.deepEqual(methodProblems('card', british(50), CHANNEL), [])

  function british(length: number) {
    return request(1000, 'GBP', 'GB', { reference: 'x'.repeat(length) })
  }
})

test('an iDEAL reference is at most 35 letters and digits, and its description at most 35 characters', () => {
  const problems = (texts: Partial<Request>) => methodProblems('ideal', request(1000, 'EUR', 'NL', texts), CHANNEL)
  assert.deepEqual(problems({ reference: 'x'.repeat(35), description: 'x'.repeat(35) }), [])
  assert.deepEqual(problems({ reference: 'x'.repeat(36) }), ['reference_invalid'])
  assert.deepEqual(problems({ reference: 'ORD-123A' }), ['reference_invalid'])
  assert.deepEqual(problems({}), ['reference_required'])
  assert.deepEqual(problems({ reference: 'ORD1', description: 'x'.repeat(36) }), ['description_invalid'])
  assert.deepEqual(problems({ reference: 'ORD1', description: '🌷'.repeat(35) }), [], 'a character is a code point')
})

test('Benefit and Blik rule the reference, QPay the description', () => {
  const benefit = (reference: string) => methodProblems('benefit', request(1000, 'BHD', 'BH', { reference }), CHANNEL)
  assert.deepEqual([benefit('ORD1'), benefit('ORD 1')], [[], ['reference_invalid']])
  const blik = (reference: string) => methodProblems('blik', request(1000, 'PLN', 'PL', { reference }), CHANNEL)
  assert.deepEqual([blik('ORD-1'), blik('x'.repeat(36))], [[], ['reference_invalid']])
  const qpay = (description: string) => methodProblems('qpay', request(1000, 'QAR', 'QA', { description }), CHANNEL)
  assert.deepEqual([qpay('Order 12'), qpay('Order #12')], [[], ['description_invalid']])
})

// What a session of the wire may hold, as far as methods care; countries and currencies of real rows come up often.

const COUNTRIES = [
  ...new Set(PAYMENT_METHODS.flatMap((row) => (row.countries === 'all' ? [] : row.countries))),
] as string[]
const CURRENCIES = [
  ...new Set(PAYMENT_METHODS.flatMap((row) => (row.currencies === 'all' ? [] : row.currencies))),
] as string[]
const methodLists = fc.option(fc.subarray([...METHOD_NAMES]), { nil: undefined })
const text = fc.option(fc.string({ maxLength: 50 }), { nil: undefined })

const requests: fc.Arbitrary<Request> = fc.record({
  amount: fc.oneof(fc.constant(0), fc.nat(999_999_999)),
  currency: fc.constantFrom(...CURRENCIES, 'XXX'),
  billing: fc.record({ address: fc.record({ country: fc.constantFrom(...COUNTRIES, 'BR') }) }),
  payment_type: fc.constantFrom(undefined, 'Regular', 'Recurring', 'MOTO', 'Installment', 'Unscheduled', 'PayLater'),
  reference: text,
  description: text,
  customer: fc.option(fc.record({ id: text, email: text, name: text, phone: fc.record({ number: text }) })),
  shipping: fc.option(fc.record({ address: fc.record({ address_line1: text, city: text, country: text }) })),
  items: fc.option(
    fc.array(fc.record({ name: text, quantity: fc.nat(9), unit_price: fc.nat(9999) }), { maxLength: 3 }),
    {
      nil: undefined,
    },
  ),
  enabled_payment_methods: methodLists,
  disabled_payment_methods: methodLists,
})

const channels: fc.Arbitrary<EligibilityChannel> = fc.record({
  methods: fc.oneof(fc.constant('all' as const), fc.subarray([...METHOD_NAMES])),
  processor: fc.option(
    fc.record({
      methods: fc.oneof(fc.constant([...METHOD_NAMES]), fc.subarray([...METHOD_NAMES])),
      currencies: fc.oneof(fc.constant('all' as const), fc.subarray(CURRENCIES)),
      countries: fc.oneof(fc.constant('all' as const), fc.subarray(COUNTRIES)),
      maxAmount: fc.nat(999_999_999),
      zeroAmount: fc.boolean(),
      wallets: fc.constantFrom('passthrough' as const, 'decrypted' as const, 'none' as const),
    }),
    { nil: undefined },
  ),
  walletsSetUp: fc.record({ applepay: fc.boolean(), googlepay: fc.boolean() }),
  authenticatorSetUp: fc.boolean(),
  hasStoredCards: fc.boolean(),
})

test('every method answers, in the same order each time, with at least one reason, and `matches` only when offered', () => {
  fc.assert(
    fc.property(requests, channels, (asked, channel) => {
      const answers = eligibility(asked, channel)
      assert.deepEqual(
        answers.map(({ type }) => type),
        METHOD_NAMES,
      )
      for (const { offered, reasons } of answers) {
        assert.ok(reasons.length > 0)
        assert.equal(
          reasons.some(({ code }) => code === 'matches'),
          offered,
        )
      }
      assert.deepEqual(eligibility(asked, channel), answers)
    }),
  )
})

test('the list of offered methods is what the explanation says, in its order', () => {
  fc.assert(
    fc.property(requests, channels, (asked, channel) => {
      const explained = eligibility(asked, channel).filter(({ offered }) => offered)
      assert.deepEqual(
        offeredMethods(asked, channel),
        explained.map(({ type }) => type),
      )
    }),
  )
})

test('disabling a method removes it and no other', () => {
  fc.assert(
    fc.property(requests, channels, fc.constantFrom(...METHOD_NAMES), (asked, channel, name) => {
      const disabled = { ...asked, disabled_payment_methods: [...(asked.disabled_payment_methods ?? []), name] }
      const before = offeredMethods(asked, channel)
      assert.deepEqual(
        offeredMethods(disabled, channel),
        before.filter((method) => method !== name),
      )
    }),
  )
})

test('giving a method the members it needs never removes it', () => {
  fc.assert(
    fc.property(requests, channels, fc.constantFrom(...METHOD_NAMES), (asked, channel, name) => {
      const before = offeredMethods(asked, channel).includes(name)
      const after = offeredMethods(withNeeds(asked, name), channel).includes(name)
      assert.ok(after || !before)
    }),
  )
})

test('an amount of 0 never offers a method without a card', () => {
  fc.assert(
    fc.property(requests, channels, (asked, channel) => {
      for (const name of offeredMethods({ ...asked, amount: 0 }, channel)) {
        assert.ok(['card', 'stored_card', 'applepay', 'googlepay', 'remember_me'].includes(name), name)
      }
    }),
  )
})

test('a method that is not offered is never let through at submit', () => {
  fc.assert(
    fc.property(requests, channels, (asked, channel) => {
      for (const { type, offered } of eligibility(asked, channel)) {
        if (!offered) assert.notDeepEqual(methodProblems(type, asked, channel), [])
      }
    }),
  )
})

/** The request with every needed member that was missing filled in; one item that adds up to the amount. */
function withNeeds(asked: Request, name: string): Request {
  const method = PAYMENT_METHODS.find((row) => row.name === name) as PaymentMethod
  const filled = structuredClone(asked)
  for (const need of method.needs) {
    const path = (typeof need === 'string' ? need : (need[0] as string)).split('.')
    if (path[0] === 'items') {
      if (!filled.items?.length) filled.items = [{ quantity: 1, unit_price: asked.amount }]
      continue
    }
    let place: Record<string, unknown> = filled
    for (const member of path.slice(0, -1)) {
      place[member] ??= {}
      place = place[member] as Record<string, unknown>
    }
    place[path.at(-1) as string] ||= 'given'
  }
  return filled
}
