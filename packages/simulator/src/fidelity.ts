/**
 * Everything the simulator does, in one table: gathered from the data that decides it, so that nothing is done that is not
 * in the table. `docs/reference/fidelity.md` is written from it.
 */
import { responseSummary } from '@sluice/core/response-codes'
import { type PaymentMethod, PAYMENT_METHODS } from '@sluice/core/payment-methods'
import { SCENARIO_CATALOGUE } from '@sluice/core/scenario-catalogue'
import type { Behaviour } from '@sluice/core/wire/fidelity'
import { AUTHORIZATION_LIFETIME_DAYS, REFUND_WINDOW_DAYS } from './bank.ts'
import { AMOUNT_RULES } from './issuer/amounts.ts'
import { type Fidelity, TEST_CARDS, type TestCard } from './issuer/cards.ts'
import { ADDRESS_ANSWERS, CVV_ANSWERS } from './issuer/checks.ts'
import { THREE_DS_DEADLINE_S } from './issuer/decide.ts'
import { BEHAVIOURS, kindOfMethod, type Trigger, TRIGGERS, triggeredOutcome } from './issuer/methods.ts'
import { LIST_RULES, type ListRule } from './issuer/risk.ts'
import { THREE_DS_CARDS, type ThreeDsBehaviour } from './issuer/three-ds-cards.ts'
import { VELOCITY_RULES, type VelocityRule } from './issuer/velocity.ts'
import { VERIFICATION_CARDS } from './issuer/verification-cards.ts'
import { FAULTS, MANNERS } from './switches.ts'
import { PARTICIPANTS } from './three-ds/card-ranges.ts'
import { RIGHT_ANSWERS } from './three-ds/challenge.ts'
import { REFUSALS } from './three-ds/judge.ts'
import { USED_ONCE } from './three-ds/proof.ts'
import { THREE_DS_WORDS } from './three-ds/switches.ts'
import { WALLET_ADDRESSES } from './wallets/addresses.ts'
import { WALLET_CARDS } from './wallets/cards.ts'

type Row = Pick<Behaviour, 'behaviour' | 'fidelity'>

interface Area {
  name: string
  rows: readonly Row[]
  /** Where a row comes from: by its fidelity. */
  confirmed?: string
  inferred?: string
}

const OUR_CHOICE = 'Our choice: the platform says nothing of it.'
const OURS = 'Our own: the platform has nothing like it.'

/** What stands in code: as words, with the figures of the code. */
const RULES = {
  cards: [
    { behaviour: 'Any other number of a known brand that passes the Luhn check: 10000', fidelity: 'inferred' },
    { behaviour: 'A number that cannot be a card: 20014', fidelity: 'inferred' },
    { behaviour: 'A past expiry date: 20054', fidelity: 'inferred' },
    { behaviour: "The holder's name CODE and a response code: that code", fidelity: 'inferred' },
  ],
  challenge: [
    { behaviour: 'The right answer: as the row of the card says', fidelity: 'confirmed' },
    { behaviour: `No answer for ${THREE_DS_DEADLINE_S / 60} minutes: 20152`, fidelity: 'confirmed' },
    { behaviour: 'A wrong answer, or Cancel: 20151', fidelity: 'inferred' },
    { behaviour: 'A card of no row: challenged, and authenticated by the right answer', fidelity: 'confirmed' },
    { behaviour: 'An app that approves out of band', fidelity: 'inferred' },
    { behaviour: 'no_challenge_requested or an exemption spares cards of no row the challenge', fidelity: 'inferred' },
    { behaviour: 'challenge_requested_mandate has every card challenged', fidelity: 'inferred' },
    { behaviour: '20154 and 44301 are mended by an authentication', fidelity: 'inferred' },
    USED_ONCE,
  ],
  wallets: [
    { behaviour: 'A token that cannot be opened: 20102', fidelity: 'inferred' },
    { behaviour: "A device's cryptogram proves as much as a challenge, with an ECI of its own", fidelity: 'inferred' },
  ],
  windows: [
    { behaviour: `Captures and increments: ${AUTHORIZATION_LIFETIME_DAYS} days, then 20019`, fidelity: 'inferred' },
    { behaviour: `Refunds: ${REFUND_WINDOW_DAYS} days, then 20158`, fidelity: 'inferred' },
  ],
  classes: [
    { behaviour: 'A: the repeat of a key gets the first answer', fidelity: 'inferred' },
    { behaviour: 'B: the repeat of a key is a second authorization', fidelity: 'inferred' },
    { behaviour: 'C: as B, and what became of a key cannot be asked', fidelity: 'inferred' },
    { behaviour: 'D: as C, and nothing can be reversed', fidelity: 'inferred' },
  ],
  doings: [
    { behaviour: 'Money is returned, disputed or given back when a test says so', fidelity: 'inferred' },
    { behaviour: 'It notifies of what the merchant did not ask for, as often as a test says', fidelity: 'inferred' },
  ],
} as const satisfies Readonly<Record<string, readonly Row[]>>

const METHODS: readonly PaymentMethod[] = PAYMENT_METHODS

const AREAS: readonly Area[] = [
  {
    name: 'Cards',
    rows: [...TEST_CARDS.map(cardRow), ...RULES.cards],
    confirmed: 'Published as a test card.',
    inferred: 'Our choice: published without its code, or not at all.',
  },
  {
    name: 'Verification cards',
    rows: VERIFICATION_CARDS.flatMap(({ code, numbers, fidelity }) =>
      numbers.map((number) => ({ behaviour: `${number}: ${named(code)}`, fidelity })),
    ),
    confirmed: 'Published as a test card for amount 0.',
  },
  {
    name: '3-D Secure cards',
    rows: THREE_DS_CARDS.flatMap(({ behaviour, numbers, fidelity }) =>
      numbers.map((number) => ({ behaviour: `${number}: ${threeDsWords(behaviour)}`, fidelity })),
    ),
    confirmed: 'The result is published; what the payment comes to follows from the codes.',
  },
  {
    name: '3-D Secure challenge',
    rows: [
      ...Object.entries(RIGHT_ANSWERS).map(([kind, { text, tries, fidelity }]) => ({
        behaviour: `${kind}: ${text}, tries: ${tries}`,
        fidelity,
      })),
      ...RULES.challenge,
    ],
    confirmed: 'Published with the test cards.',
    inferred: OUR_CHOICE,
  },
  {
    name: '3-D Secure issuers',
    rows: [
      ...PARTICIPANTS.map(({ scheme, versions, method, fidelity }) => ({
        behaviour: `${scheme}: ${versions.join(', ')}, ${method ? 'a' : 'no'} method page`,
        fidelity,
      })),
      ...Object.entries(REFUSALS).map(([why, { status, reason, fidelity }]) => ({
        behaviour: `${why.replaceAll('_', ' ')}: ${status}, reason ${reason}`,
        fidelity,
      })),
    ],
    confirmed: 'As EMV 3-D Secure defines it.',
    inferred: OUR_CHOICE,
  },
  {
    name: 'Amounts',
    rows: AMOUNT_RULES.map(({ lastTwoDigits, code, fidelity }) => ({
      behaviour: `${String(lastTwoDigits).padStart(2, '0')}: ${named(code)}`,
      fidelity,
    })),
    inferred: "The codes are those of the platform's predecessor; that a switch asks for them is our choice.",
  },
  {
    name: 'Address checks',
    rows: ADDRESS_ANSWERS.map(({ line, answer, fidelity }) => ({
      behaviour: `${line ?? 'any other address'}: ${answer}`,
      fidelity,
    })),
    confirmed: 'Published as the sandbox trigger.',
  },
  {
    name: 'CVV checks',
    rows: CVV_ANSWERS.map(({ sent, answer, fidelity }) => ({
      behaviour: `${sent ? 'any CVV, but for the card of 200N7' : 'no CVV'}: ${answer}`,
      fidelity,
    })),
    inferred: OUR_CHOICE,
  },
  {
    name: 'Risk lists',
    rows: LIST_RULES.map((rule) => ({ behaviour: listWords(rule), fidelity: rule.fidelity })),
    inferred: 'The codes are published; what trips them is our choice.',
  },
  {
    name: 'Risk velocity',
    rows: VELOCITY_RULES.map((rule) => ({ behaviour: velocityWords(rule), fidelity: rule.fidelity })),
    inferred: 'That there are such codes is published; what they count is our choice.',
  },
  {
    name: 'Kinds of methods',
    rows: BEHAVIOURS.map(({ kind, what, fidelity }) => ({ behaviour: `${kind}: ${what}`, fidelity })),
    inferred: OUR_CHOICE,
  },
  {
    name: 'Triggers of methods',
    rows: TRIGGERS.map((trigger) => ({ behaviour: triggerWords(trigger), fidelity: trigger.fidelity })),
    inferred: OUR_CHOICE,
  },
  {
    name: 'Methods',
    rows: METHODS.filter(({ name }) => kindOfMethod(name) !== undefined).map(({ name, kind, fidelity }) => ({
      behaviour: `${name}: ${kind}`,
      fidelity,
    })),
    confirmed: 'Currencies, countries and needed members are published.',
    inferred: 'Currencies, countries and needed members are our best reading.',
  },
  {
    name: 'Wallets',
    rows: [
      ...WALLET_ADDRESSES.map(({ id, city, fidelity }) => ({
        behaviour: `${id}: billing address in ${city}`,
        fidelity,
      })),
      ...WALLET_CARDS.map(({ id, number, auth, fidelity }) => ({ behaviour: `${id}: ${number}, ${auth}`, fidelity })),
      ...RULES.wallets,
    ],
    inferred: OUR_CHOICE,
  },
  { name: 'Windows', rows: RULES.windows, inferred: OUR_CHOICE },
  {
    name: 'Switches',
    rows: Object.entries({ ...FAULTS, ...MANNERS, ...THREE_DS_WORDS }).map(([word, { about, fidelity }]) => ({
      behaviour: `${word}: ${about}`,
      fidelity,
    })),
    inferred: OURS,
  },
  {
    name: 'Scenarios',
    rows: SCENARIO_CATALOGUE.map(({ name, about, fidelity }) => ({ behaviour: `${name}: ${about}`, fidelity })),
    inferred: OURS,
  },
  { name: 'Classes of processors', rows: RULES.classes, inferred: OURS },
  { name: 'What the bank does by itself', rows: RULES.doings, inferred: OURS },
]

export function fidelityTable(): Behaviour[] {
  return AREAS.flatMap((area) =>
    area.rows.map(({ behaviour, fidelity }) => ({ area: area.name, behaviour, fidelity, note: area[fidelity] ?? '' })),
  )
}

function cardRow(card: TestCard): { behaviour: string; fidelity: Fidelity } {
  const { number, code, atAmount, whenExpired, followupCode, partial, cvvCheck, increment, fidelity } = card
  const behaviour = [
    `${number}: ${named(code)}`,
    atAmount && `${atAmount.code} for exactly ${atAmount.amount}`,
    whenExpired && `${whenExpired} when its date has passed`,
    followupCode && `captures and voids fail with ${followupCode}`,
    partial && 'half of the amount where part is taken',
    cvvCheck && `CVV check ${cvvCheck}`,
    increment && `an increment: ${increment}`,
  ]
  return { behaviour: behaviour.filter(Boolean).join('; '), fidelity }
}

function threeDsWords(behaviour: ThreeDsBehaviour): string {
  switch (behaviour.flow) {
    case 'not_enrolled':
      return 'not enrolled'
    case 'scheme_error':
      return "the scheme's directory cannot be reached"
    default:
      return `${behaviour.flow}, ${behaviour.result}`
  }
}

function listWords({ by, listed, code, score }: ListRule): string {
  return `${by} ${listed.join(' or ')}: ${code === undefined ? `flagged, score ${score}` : named(code)}`
}

function velocityWords({ by, listed, most, withinS, code, score }: VelocityRule): string {
  const result = code === undefined ? `flagged, score ${score}` : named(code)
  return `${by} ${listed.join(' or ')}: ${most} payments within ${withinS / 60} minutes, then ${result}`
}

function triggerWords(trigger: Trigger): string {
  const { kind, member, endsWith, code, when } = trigger
  if (typeof when === 'object') return `${kind}, ${member} that ends in ${endsWith}: ${triggeredOutcome(trigger)}`
  const result = code === undefined ? 'never answered' : named(code)
  return `${kind}, ${member} that ends in ${endsWith}: ${result}${when === 'at_once' ? ', at once' : ''}`
}

function named(code: string): string {
  const summary = responseSummary(code)
  return summary === undefined ? code : `${code} ${summary}`
}
