/**
 * The test cards, as data: what the issuer of each answers to an authorization that needs no authentication. What a
 * card does in 3-D Secure stands in `three-ds-cards.ts`, what it does at amount 0 also in `verification-cards.ts`; who
 * issued it, in core's `bins.ts`.
 * `fidelity`: `confirmed` rows are written down by the platform we are compatible with; `inferred` ones are our choice.
 */
import { passesLuhn } from '@sluice/core/cards'
import { type Brand, brandOf } from './brands.ts'

export type Fidelity = 'confirmed' | 'inferred'

export interface TestCard {
  number: string
  /** Response code of an authorization above zero. */
  code: string
  fidelity: Fidelity
  /** Code for exactly this amount in minor units, instead of `code`. */
  atAmount?: { amount: number; code: string }
  /** Code when the card's expiry date has passed, instead of `code`. */
  whenExpired?: string
  /** Captures and voids of this card's authorizations fail with this code. */
  followupCode?: string
  /** Approves half of the amount, when the merchant takes part of it. */
  partial?: true
  cvvCheck?: string
  /** What an increment of this card's authorization comes to: a refusal by name, or a response code. */
  increment?: string
}

const VISA_AND_MASTERCARD: readonly TestCard[] = [
  {
    number: '4242424242424242',
    code: '10000',
    atAmount: { amount: 101, code: '20051' },
    fidelity: 'confirmed',
  },
  { number: '4000020000000000', code: '10000', fidelity: 'confirmed' },
  {
    number: '4273149019799094',
    code: '10000',
    followupCode: '20012',
    fidelity: 'confirmed',
  },
  { number: '4539467987109256', code: '20005', fidelity: 'confirmed' },
  { number: '4024007181869214', code: '20005', fidelity: 'confirmed' },
  { number: '4916301720257093', code: '20020', fidelity: 'confirmed' },
  { number: '4485899805156040', code: '200R1', fidelity: 'confirmed' },
  { number: '4659105569051157', code: '10000', fidelity: 'confirmed' },
  { number: '4095254802642505', code: '20068', fidelity: 'confirmed' },
  { number: '4000148147058142', code: '20020', fidelity: 'confirmed' },
  { number: '4543474002249996', code: '10000', fidelity: 'confirmed' },
  { number: '4658584090000001', code: '10000', fidelity: 'confirmed' },
  { number: '5436031030606378', code: '10000', fidelity: 'confirmed' },
  { number: '5585076576791786', code: '20005', fidelity: 'confirmed' },
  { number: '5305484748800098', code: '10000', fidelity: 'confirmed' },
  { number: '2223000010479399', code: '10000', fidelity: 'confirmed' },
  { number: '5199992312641465', code: '10000', fidelity: 'confirmed' },
  { number: '5000186622346654', code: '10000', fidelity: 'confirmed' },
  {
    number: '4010061700000021',
    code: '10000',
    fidelity: 'confirmed',
  },
]

/** `6011111111111118` fails the Luhn check as it was published; the row is found before that check is made. */
const OTHER_BRANDS: readonly TestCard[] = [
  { number: '345678901234564', code: '10000', fidelity: 'confirmed' },
  { number: '341829238058580', code: '20005', fidelity: 'confirmed' },
  { number: '6011111111111117', code: '10000', fidelity: 'confirmed' },
  { number: '6011111111111118', code: '20005', fidelity: 'confirmed' },
  { number: '6011201559638046790', code: '20005', fidelity: 'confirmed' },
  { number: '6445979375892355607', code: '20005', fidelity: 'confirmed' },
  { number: '36160940933914', code: '10000', fidelity: 'confirmed' },
  { number: '36160912071610', code: '20005', fidelity: 'confirmed' },
  { number: '30123456789019', code: '10000', fidelity: 'confirmed' },
  { number: '3530111333300000', code: '10000', fidelity: 'confirmed' },
  { number: '3582069482684995', code: '10000', fidelity: 'confirmed' },
  { number: '3566027046765007', code: '10000', fidelity: 'confirmed' },
  { number: '3528257085901927', code: '20005', fidelity: 'confirmed' },
]

/** Cards that stand for one response code. */
const BY_CODE: readonly TestCard[] = [
  { number: '4111111111111129', code: '20001', fidelity: 'confirmed' },
  { number: '4024007103573027', code: '20012', fidelity: 'confirmed' },
  { number: '4158596042924182', code: '20012', fidelity: 'confirmed' },
  { number: '4485381577182090', code: '20014', fidelity: 'confirmed' },
  { number: '4544249167673670', code: '20051', fidelity: 'confirmed' },
  { number: '4724117215951699', code: '20054', fidelity: 'confirmed' },
  { number: '4000141680788456', code: '20054', fidelity: 'confirmed' },
  { number: '4532446037926437', code: '10000', whenExpired: '20054', fidelity: 'confirmed' },
  { number: '5287286878576972', code: '10000', whenExpired: '20054', fidelity: 'confirmed' },
  { number: '4659465888705671', code: '20057', fidelity: 'confirmed' },
  { number: '4151512736305999', code: '20057', fidelity: 'confirmed' },
  { number: '4897453568485113', code: '20059', fidelity: 'confirmed' },
  { number: '4000144348235050', code: '20059', fidelity: 'confirmed' },
  { number: '4556294593757189', code: '20061', fidelity: 'confirmed' },
  { number: '4818924250131070', code: '20062', fidelity: 'confirmed' },
  { number: '4556253752712245', code: '20063', fidelity: 'confirmed' },
  { number: '4532819413487978', code: '20078', fidelity: 'confirmed' },
  { number: '4500622868341387', code: '20154', fidelity: 'confirmed' },
  { number: '4276038578596818', code: '2005C', fidelity: 'confirmed' },
  { number: '4152812521833588', code: '2009G', fidelity: 'confirmed' },
  { number: '4734868958733862', code: '200N7', cvvCheck: 'N', fidelity: 'confirmed' },
  { number: '4567361325981788', code: '200R3', fidelity: 'confirmed' },
  { number: '4024007162185267', code: '30015', fidelity: 'confirmed' },
  { number: '4655710037275959', code: '30015', fidelity: 'confirmed' },
  { number: '4941202060999329', code: '30041', fidelity: 'confirmed' },
  { number: '4658620059821613', code: '30041', fidelity: 'confirmed' },
  { number: '4539253655711767', code: '30043', fidelity: 'confirmed' },
  { number: '4745820750643143', code: '30043', fidelity: 'confirmed' },
  // Published as declined, without the code.
  { number: '5279988405398834', code: '20005', fidelity: 'inferred' },
  { number: '5328090869100177', code: '20005', fidelity: 'inferred' },
  { number: '5420951756276171', code: '20005', fidelity: 'inferred' },
]

/** Cards that show what an increment or a partial approval looks like. Their authorizations approve. */
const SPECIAL: readonly TestCard[] = [
  {
    number: '4659959652550685',
    code: '10000',
    increment: 'incremental_authorization_unsupported',
    fidelity: 'confirmed',
  },
  {
    number: '4446900535698356',
    code: '10000',
    increment: 'incremental_authorization_restricted_for_mcc',
    fidelity: 'confirmed',
  },
  { number: '4140253846048187', code: '10000', increment: '20005', fidelity: 'confirmed' },
  { number: '4556447238607884', code: '10000', increment: '20068', fidelity: 'confirmed' },
  { number: '5518207720770101', code: '10000', partial: true, fidelity: 'confirmed' },
]

/** Every card with a row of its own. */
export const TEST_CARDS: readonly TestCard[] = [...VISA_AND_MASTERCARD, ...OTHER_BRANDS, ...BY_CODE, ...SPECIAL]

const BY_NUMBER = new Map(TEST_CARDS.map((card) => [card.number, card]))

/** What the bank knows of a card number: its row, or the default for a number that could be a card. */
export interface KnownCard {
  brand: Brand
  row: TestCard
}

/**
 * A listed card answers as its row says. Any other number that passes the Luhn check and belongs to a brand approves;
 * anything else is no account: 20014.
 */
export function knownCard(number: string): KnownCard {
  const brand = brandOf(number)
  const listed = BY_NUMBER.get(number)
  if (listed) return { brand, row: listed }
  const code = passesLuhn(number) && brand.lengths.includes(number.length) ? '10000' : '20014'
  return { brand, row: { number, code, fidelity: 'inferred' } }
}
