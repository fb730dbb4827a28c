/** What stops an attempt: an incomplete form, callbacks that refuse, throw or answer nonsense, lists of accepted cards. */
import type { Checkout } from '../../support/shop.ts'
import type { Json } from '../../support/sluice.ts'
import type { Scenario } from './stage.ts'

const APPROVED = { number: '4242424242424242' }

/** One press on Pay, with a callback that answers this. */
const answering = (name: string, callback: string, reply: Json, until = 'onError'): Scenario => ({
  name,
  checkout: { replies: { [callback]: reply }, throughServer: callback === 'handleSubmit' },
  async play(stage) {
    await stage.type(APPROVED)
    await stage.pressPay(until)
  },
})

/** Digits that the shop does not take; then others, that it does, and Pay. */
const notAccepted = (name: string, checkout: Checkout, number: string, other: string): Scenario => ({
  name,
  checkout,
  async play(stage) {
    await stage.type({ number }, { valid: false })
    await stage.pressPay('onError')
    await stage.type({ number: other })
    await stage.pressPay('onPaymentCompleted')
  },
})

const binRefused = (name: string, reply: Json): Scenario => ({
  name,
  checkout: { replies: { onCardBinChanged: reply } },
  async play(stage) {
    await stage.type(APPROVED, { valid: false })
    await stage.pressPay('onError')
  },
})

export const refusals: Scenario[] = [
  {
    name: 'submit-of-an-empty-form',
    async play(stage) {
      await stage.step('the shop calls submit()', () => stage.call('submit'), 'onError')
    },
  },
  {
    name: 'pay-pressed-on-an-empty-form',
    checkout: { component: 'card' },
    async play(stage) {
      await stage.pressPay('onError')
    },
  },
  answering('handle-click-goes-on', 'handleClick', { continue: true }, 'onPaymentCompleted'),
  answering('handle-click-refuses', 'handleClick', { continue: false }, 'handleClick'),
  answering('handle-click-throws', 'handleClick', 'throw'),
  answering('handle-click-answers-nonsense', 'handleClick', { proceed: true }),
  binRefused('card-refused-with-a-message', { continue: false, errorMessage: 'We do not take this card on Sundays' }),
  binRefused('card-refused-without-a-message', { continue: false }),
  answering('card-callback-throws', 'onCardBinChanged', 'throw', 'onPaymentCompleted'),
  answering('card-callback-answers-nonsense', 'onCardBinChanged', { continue: 'yes' }, 'onPaymentCompleted'),
  notAccepted(
    'scheme-that-is-not-accepted',
    { options: { componentOptions: { flow: { acceptedCardSchemes: ['mastercard'] } } } },
    '4242424242424242',
    '5436031030606378',
  ),
  notAccepted(
    'card-type-that-is-not-accepted',
    { component: 'card', componentOptions: { acceptedCardTypes: ['debit'] } },
    '4242424242424242',
    '4659105569051157',
  ),
  answering('token-accepted', 'onTokenized', { continue: true }, 'onPaymentCompleted'),
  answering('token-refused', 'onTokenized', { continue: false, errorMessage: 'This card is on our list' }),
  answering('token-callback-throws', 'onTokenized', 'throw'),
  answering('submit-throws', 'handleSubmit', 'throw'),
  answering('submit-answers-nothing', 'handleSubmit', null),
  answering('submit-answers-nonsense', 'handleSubmit', { ok: true }),
]
