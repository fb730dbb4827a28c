/** What happens beside an attempt: the shop's own button, tokens, changed carts, choices, mounting, an old page. */
import type { Json, Sluice } from '../../support/sluice.ts'
import { CARDS } from '../../support/cards.ts'
import type { Scenario, Stage } from './stage.ts'

const APPROVED = { number: '4242424242424242' }
const CO_BADGED = { number: '4010061700000021' }
const KEEPS_CARDS = {
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  payment_method_configuration: { card: { store_payment_details: 'collect_consent' } },
}

const throwing = (callback: string, until = callback): Scenario => ({
  name: `${callback.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-throws`,
  checkout: { replies: { [callback]: 'throw' } },
  async play(stage) {
    await stage.type(APPROVED)
    await stage.pressPay(until)
  },
})

export function moments(sluice: Sluice): Scenario[] {
  async function paymentOf({ session }: Stage): Promise<Json> {
    const { body } = await sluice.get(`/payment-sessions/${session?.id}`)
    return await sluice.payment(body.payment_id)
  }

  return [
    {
      name: 'own-pay-button',
      checkout: { options: { showPayButton: false } },
      async play(stage) {
        await stage.type(APPROVED)
        await stage.step('the shop calls submit()', () => stage.call('submit'), 'onPaymentCompleted')
      },
    },
    throwing('onReady', 'onPaymentCompleted'),
    throwing('onChange', 'onPaymentCompleted'),
    throwing('onPaymentCompleted'),
    {
      name: 'tokenize',
      async play(stage) {
        await stage.ask('tokenize')
        await stage.type(APPROVED)
        await stage.ask('tokenize')
      },
    },
    {
      name: 'tokenize-for-several-uses',
      async play(stage) {
        await stage.type(APPROVED)
        await stage.ask('tokenize', { maxUsageAttempts: 3, retrieveIdentifier: 'order-1' })
        await stage.ask('tokenize', { maxUsageAttempts: 3 })
        await stage.ask('tokenize', { maxUsageAttempts: 9, retrieveIdentifier: 'order-1' })
      },
    },
    {
      name: 'tokenize-a-security-code',
      session: 'none',
      checkout: { component: 'card_cvv' },
      async play(stage) {
        const field = stage.page.frameLocator('iframe[name^="card-cvv__"]').getByTestId('card-cvv')
        await stage.step('the shopper types 12', () => field.fill('12'))
        await stage.ask('tokenize')
        await stage.step('the shopper types 123', () => field.fill('123'), 'onChange')
        await stage.ask('tokenize')
        await stage.ask('submit')
      },
    },
    {
      name: 'updated-cart',
      async play(stage) {
        await stage.type(APPROVED)
        await stage.ask('update', { amount: 2000 })
        await stage.ask('update', { currency: 'EUR' })
        await stage.ask('update', { amount: -1, currency: 'eur', items: [] })
        await stage.pressPay('onError')
        await stage.ask('update', { amount: 1000, currency: 'GBP' })
        await stage.pressPay('onPaymentCompleted')
      },
    },
    {
      name: 'co-badged-card-with-a-choice',
      async play(stage) {
        await stage.type(CO_BADGED)
        const brand = stage.page.getByRole('radio', { name: 'Cartes Bancaires' })
        await stage.step('the shopper chooses Cartes Bancaires', () => brand.check())
        await stage.ask('tokenize')
        await stage.pressPay('onPaymentCompleted')
        stage.note(`charged: ${(await paymentOf(stage)).processing?.scheme}`)
      },
    },
    {
      name: 'co-badged-card-without-a-choice',
      async play(stage) {
        await stage.type(CO_BADGED)
        await stage.ask('tokenize')
        await stage.pressPay('onPaymentCompleted')
        stage.note(`charged: ${(await paymentOf(stage)).processing?.scheme}`)
      },
    },
    {
      name: 'consent-to-keep-the-card',
      session: KEEPS_CARDS,
      async play(stage) {
        await stage.type(APPROVED)
        const consent = stage.page.getByRole('checkbox', { name: 'Save this card for next time' })
        await stage.step('the shopper agrees to have it kept', () => consent.check())
        await stage.pressPay('onPaymentCompleted')
        stage.note(`kept as: ${(await paymentOf(stage)).source.id}`)
      },
    },
    {
      name: 'unmounted-and-mounted-again',
      async play(stage) {
        await stage.type(APPROVED)
        await stage.step('the shop calls unmount()', () => stage.call('unmount'))
        const mount = () => stage.page.evaluate(() => void (globalThis as Json).shop.component.mount('#target'))
        await stage.step('the shop calls mount()', mount, 'onReady')
        await stage.step('the shop calls submit()', () => stage.call('submit'), 'onError')
        await stage.type(APPROVED)
        await stage.pressPay('onPaymentCompleted')
      },
    },
    {
      name: 'two-components-of-one-instance',
      async play(stage) {
        const { page } = stage
        await stage.type(APPROVED)
        await stage.step(
          'the shop mounts a card component too',
          () =>
            page.evaluate(async () => {
              const { shop } = globalThis as Json
              const second = shop.instance.create('card')
              await second.isAvailable()
              second.mount(document.querySelector('main'))
              shop.second = second
            }),
          'onReady',
        )
        await stage.step(
          'the shop submits the first twice, in one breath',
          () =>
            page.evaluate(() => {
              const { component } = (globalThis as Json).shop
              component.submit()
              component.submit()
            }),
          'onPaymentCompleted',
        )
        const submitSecond = () => page.evaluate(() => (globalThis as Json).shop.second.submit())
        await stage.step('the shop submits the second, which is empty and paid for', submitSecond)
      },
    },
    {
      name: 'paid-in-another-tab',
      async play(stage) {
        await stage.type(APPROVED)
        const { session } = stage
        if (session) await sluice.submit(session, CARDS.approved)
        await stage.pressPay('onError')
      },
    },
    {
      name: 'bank-that-takes-its-time',
      session: { metadata: { sluice_simulator: 'pending:1' } },
      async play(stage) {
        await stage.type(APPROVED)
        await stage.pressPay('onPaymentCompleted')
      },
    },
    {
      name: 'session-expired-while-open',
      async play(stage) {
        await stage.type(APPROVED)
        await sluice.advance('2 hours')
        await stage.pressPay('onError')
        await stage.ask('submit')
      },
    },
  ]
}
