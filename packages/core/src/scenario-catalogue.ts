/** Scenarios that ship with Sluice. To add one: a row here, a test in test/scenarios.test.ts, and a run of the docs script. */
import type { Scenario } from './scenario.ts'

/** `fidelity`: whether the platform we are compatible with wrote down that it behaves so, or we chose it. */
export type CatalogueEntry = Scenario & { about: string; fidelity: 'confirmed' | 'inferred' }

export const SCENARIO_CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'slow-bank',
    about: 'Every answer of the bank takes its time: 800 ms on average, now and then some seconds.',
    fidelity: 'inferred',
    rules: [{ latency: { distribution: 'normal', mean_ms: 800, deviation_ms: 400 } }],
  },
  {
    name: 'heavy-tail',
    about: 'Most answers are quick, and a few are very slow.',
    fidelity: 'inferred',
    rules: [{ latency: { distribution: 'exponential', mean_ms: 300 } }],
  },
  {
    name: 'flaky-network',
    about: 'One message in five is lost on its way, and one answer in five on its way back.',
    fidelity: 'inferred',
    rules: [
      { chance: 0.2, times: 3, fail: 'cut' },
      { chance: 0.2, times: 3, fail: 'cut', booked: true },
      { latency: { distribution: 'uniform', min_ms: 5, max_ms: 60 } },
    ],
  },
  {
    name: 'answer-lost-after-approval',
    about: 'The bank books the authorization and its answer is lost: the payment is in doubt until the bank is asked.',
    fidelity: 'inferred',
    rules: [{ on: ['authorize'], times: 1, fail: 'cut', booked: true }],
  },
  {
    name: 'answer-lost-before-booking',
    about: 'The line is cut before the bank has booked anything: the payment is in doubt, and nothing came of it.',
    fidelity: 'inferred',
    rules: [{ on: ['authorize'], times: 1, fail: 'cut' }],
  },
  {
    name: 'capture-answer-lost',
    about: 'The first answer to a capture or refund is lost after the bank has booked it.',
    fidelity: 'inferred',
    rules: [{ on: ['capture', 'refund'], times: 1, fail: 'cut', booked: true }],
  },
  {
    name: 'garbled-answers',
    about: 'The first answer to an authorization is half a document; the bank has booked it.',
    fidelity: 'inferred',
    rules: [{ on: ['authorize'], times: 1, fail: 'garbled' }],
  },
  {
    name: 'outage-5m',
    about: 'For five minutes from when it is attached the bank answers 503 to everything and does nothing.',
    fidelity: 'inferred',
    rules: [{ during: { for: 'PT5M' }, fail: 'http_503' }],
  },
  {
    name: 'outage-later',
    about: 'The bank works for a minute, is gone for ten, and is back.',
    fidelity: 'inferred',
    rules: [{ during: { from: 'PT1M', for: 'PT10M' }, fail: 'cut' }],
  },
  {
    name: 'duplicate-notifications',
    about: 'The bank tells everything three times at once.',
    fidelity: 'inferred',
    rules: [{ notify: { copies: 3 } }],
  },
  {
    name: 'notification-before-answer',
    about: 'The bank tells what came of a message before it answers it.',
    fidelity: 'inferred',
    rules: [{ notify: { when: 'before' } }],
  },
  {
    name: 'notifications-reordered',
    about: 'Of two notifications about a payment the later one arrives first.',
    fidelity: 'inferred',
    rules: [{ notify: { reversed: true } }],
  },
  {
    name: 'late-notifications',
    about: 'Notifications arrive half a second late, and twice.',
    fidelity: 'inferred',
    rules: [{ notify: { copies: 2, late: { distribution: 'fixed', ms: 500 } } }],
  },
  {
    name: 'never-notified',
    about: 'The bank decides after a minute and tells nobody: its merchants have to ask.',
    fidelity: 'inferred',
    rules: [{ notify: { copies: 0 } }, { on: ['authorize', 'refund'], pending: { for: 'PT1M' } }],
  },
  {
    name: 'late-approval-after-cancel',
    about: 'The bank says that it stopped a payment, approves it all the same, and tells so.',
    fidelity: 'inferred',
    rules: [{ on: ['cancel'], late_approval: true }],
  },
  {
    name: 'soft-decline-mix',
    about: 'Of ten payments six are approved; the others are declined with codes after which another try may succeed.',
    fidelity: 'inferred',
    rules: [
      {
        outcomes: [
          { code: '10000', weight: 6 },
          { code: '20051', weight: 2 },
          { code: '20005', weight: 1 },
          { code: '20061', weight: 1 },
        ],
      },
    ],
  },
  {
    name: 'hard-decline-mix',
    about: 'Every payment is declined with a code after which the card must not be tried again.',
    fidelity: 'inferred',
    rules: [
      {
        outcomes: [
          { code: '30041', weight: 1 },
          { code: '30043', weight: 1 },
          { code: '30004', weight: 1 },
        ],
      },
    ],
  },
  {
    name: 'captures-fail',
    about: 'Authorizations are approved and captures are declined.',
    fidelity: 'inferred',
    rules: [{ on: ['capture'], outcomes: [{ code: '20012', weight: 1 }] }],
  },
  {
    name: 'slow-refunds',
    about: 'Refunds are worked on for an hour of the merchant’s time.',
    fidelity: 'inferred',
    rules: [{ on: ['refund'], pending: { for: 'PT1H' } }],
  },
  {
    name: 'acs-hangs',
    about: 'The page of the access control server, or of a bank, never comes.',
    fidelity: 'inferred',
    rules: [{ page: 'hangs' }],
  },
  {
    name: 'everything-at-once',
    about: 'Slow, flaky, undecided, talkative, and down for two minutes after the first ten.',
    fidelity: 'inferred',
    rules: [
      { during: { from: 'PT10M', for: 'PT2M' }, fail: 'http_503' },
      { chance: 0.2, times: 2, fail: 'cut' },
      { chance: 0.2, times: 2, fail: 'cut', booked: true },
      { chance: 0.1, times: 1, fail: 'garbled' },
      { latency: { distribution: 'exponential', mean_ms: 30 } },
      {
        outcomes: [
          { code: '10000', weight: 7 },
          { code: '20051', weight: 2 },
          { code: '20005', weight: 1 },
        ],
      },
      { on: ['authorize', 'refund'], chance: 0.3, pending: { for: 'PT2M' } },
      { chance: 0.5, notify: { copies: 2, when: 'before' } },
      { notify: { late: { distribution: 'uniform', min_ms: 10, max_ms: 200 } } },
      { on: ['cancel'], chance: 0.5, late_approval: true },
    ],
  },
]

export function namedScenario(name: string): Scenario | undefined {
  const entry = SCENARIO_CATALOGUE.find((one) => one.name === name)
  return entry && scenarioOf(entry)
}

/** The document, as one would write it. */
export function scenarioOf(entry: CatalogueEntry): Scenario {
  const { fidelity: _, ...scenario } = entry
  return scenario
}
