/** How attempts end: approved, declined, by the shop's own server, after a bank's page. */
import { completeChallenge } from '@sluice/testing/playwright'
import { SESSION_BODY, type Sluice } from '../../support/sluice.ts'
import { issuerFrame } from '../visit.ts'
import type { Scenario, Stage } from './stage.ts'

const APPROVED = { number: '4242424242424242' }
const DO_NOT_HONOUR = { number: '4539467987109256' }

async function payApproved(stage: Stage) {
  await stage.type(APPROVED)
  await stage.pressPay('onPaymentCompleted')
}

/** A card that is declined for this reason. */
const declined = (reason: string, number: string): Scenario => ({
  name: `declined-${reason}`,
  async play(stage) {
    await stage.type({ number })
    await stage.pressPay('onError')
  },
})

const challenged = (name: string, play: Scenario['play']): Scenario => ({
  name: `challenge-${name}`,
  session: { '3ds': { enabled: true } },
  play,
})

export const outcomes: Scenario[] = [
  { name: 'approved', play: payApproved },
  { name: 'approved-in-the-card-component', checkout: { component: 'card' }, play: payApproved },
  { name: 'approved-verification-of-a-card', session: { amount: 0 }, play: payApprovedOf('Confirm') },
  {
    name: 'declined-then-approved-with-another-card',
    async play(stage) {
      await stage.type(DO_NOT_HONOUR)
      await stage.pressPay('onError')
      await payApproved(stage)
    },
  },
  declined('not-enough-funds', '4544249167673670'),
  declined('invalid-customer-data', '4724117215951699'),
  declined('invalid-payment-session-data', '4024007103573027'),
  {
    name: 'declined-until-the-attempts-are-used-up',
    session: { customer_retry: { max_attempts: 1 } },
    async play(stage) {
      await stage.type(DO_NOT_HONOUR)
      await stage.pressPay('onError')
      await stage.pressPay('onError')
      await stage.ask('submit')
    },
  },
  challenged('approved', async (stage) => {
    await stage.type(APPROVED)
    await stage.pressPay('onSubmit')
    await stage.step('the shopper gives the right answer on the page of the bank', async () => {
      await completeChallenge(stage.page)
      await stage.page.waitForURL('**/success?**')
    })
    stage.note(`landed: ${stage.page.url()}`)
  }),
  challenged('failed', async (stage) => {
    await stage.type(APPROVED)
    await stage.pressPay('onSubmit')
    await stage.step('the shopper gives a wrong answer on the page of the bank', async () => {
      await completeChallenge(stage.page, 'wrong')
      await stage.page.waitForURL('**/failure?**')
    })
    stage.note(`landed: ${stage.page.url()}`)
  }),
  challenged('cancelled', async (stage) => {
    await stage.type(APPROVED)
    await stage.pressPay('onSubmit')
    await issuerFrame(stage.page)
    const cancel = stage.page.getByRole('button', { name: 'Cancel and go back' })
    await stage.step('the shopper cancels', () => cancel.click(), 'onError')
  }),
  { name: 'through-the-server-approved', checkout: { throughServer: true }, play: payApproved },
  {
    name: 'through-the-server-declined',
    checkout: { throughServer: true },
    async play(stage) {
      await stage.type(DO_NOT_HONOUR)
      await stage.pressPay('onError')
      await payApproved(stage)
    },
  },
]

function payApprovedOf(label: string): Scenario['play'] {
  return async (stage) => {
    await stage.type(APPROVED)
    const button = stage.page.getByRole('button', { name: label })
    await stage.step(`the shopper presses ${label}`, () => button.click(), 'onPaymentCompleted')
  }
}

/** Without a session: the shop's server makes one of the order, and pays it, in one call. */
export const sessionless = (sluice: Sluice): Scenario[] => [
  {
    name: 'without-a-session-through-the-server',
    session: 'none',
    checkout: {
      component: 'card',
      throughServer: true,
      options: { componentOptions: { amount: 1000, currency: 'GBP' } },
    },
    handleSubmit: (session_data) => sluice.post('/payment-sessions/complete', { ...SESSION_BODY, session_data }),
    async play(stage) {
      await stage.type(DO_NOT_HONOUR)
      await stage.pressPay('onError')
      await payApproved(stage)
    },
  },
]
