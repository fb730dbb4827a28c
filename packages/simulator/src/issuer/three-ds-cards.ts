/**
 * What each card does in 3-D Secure. `Y` authenticated, `N` not authenticated, `U` could not be performed,
 * `A` attempted, `R` rejected.
 */
import type { Fidelity } from './cards.ts'

export type AuthenticationResult = 'Y' | 'N' | 'U' | 'A' | 'R'

export type ThreeDsBehaviour =
  | { flow: 'frictionless'; result: AuthenticationResult }
  /** A page for the shopper; what comes of it when he approves. */
  | { flow: 'challenge'; result: AuthenticationResult }
  | { flow: 'not_enrolled' }
  /** The scheme's directory cannot be reached. */
  | { flow: 'scheme_error' }

interface ThreeDsCards {
  behaviour: ThreeDsBehaviour
  numbers: readonly string[]
  fidelity: Fidelity
}

export const THREE_DS_CARDS: readonly ThreeDsCards[] = [
  {
    behaviour: { flow: 'frictionless', result: 'Y' },
    numbers: [
      '4485040371536584',
      '4010056200000018',
      '5588686116426417',
      '5137210000000018',
      '345678901234564',
      '6224120000000094',
    ],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'frictionless', result: 'N' },
    numbers: ['4539628347117863', '5309961755464047', '4022050100000000', '5132562600000029', '371064645462927'],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'frictionless', result: 'U' },
    numbers: ['4024007186645015', '5234106378657904', '4022050100000018', '5132562600000011'],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'frictionless', result: 'A' },
    numbers: ['4556574722325580', '5558468902774508', '4022050100000026'],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'frictionless', result: 'R' },
    numbers: ['4275765574319271', '5596061690670931', '343397288296672'],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'not_enrolled' },
    numbers: [
      '4484070000035519',
      '5352151570003404',
      '378282246310005',
      '4485899805156040',
      '3530111333300000',
      '4532432452900131',
    ],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'scheme_error' },
    numbers: ['4452927588210665', '5291144083573579'],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'challenge', result: 'Y' },
    numbers: ['372688581899681', '5385308360135181', '4010061700000021'],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'challenge', result: 'A' },
    numbers: ['4152868552773614', '346126139326850'],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'challenge', result: 'R' },
    numbers: ['375982239796002', '4150561000000019'],
    fidelity: 'confirmed',
  },
  {
    behaviour: { flow: 'challenge', result: 'N' },
    numbers: ['4243754271700719', '5258901507741160'],
    fidelity: 'confirmed',
  },
]

const BEHAVIOUR_OF_NUMBER = new Map(
  THREE_DS_CARDS.flatMap(({ behaviour, numbers }) => numbers.map((number) => [number, behaviour] as const)),
)

/** Cards without a row show the challenge page and are authenticated when the shopper approves. */
export function threeDsBehaviour(number: string): ThreeDsBehaviour {
  return BEHAVIOUR_OF_NUMBER.get(number) ?? { flow: 'challenge', result: 'Y' }
}

/** The cards that take no part in 3-D Secure. */
export function notEnrolledNumbers(): readonly string[] {
  return THREE_DS_CARDS.filter(({ behaviour }) => behaviour.flow === 'not_enrolled').flatMap(({ numbers }) => numbers)
}
