/** Address and CVV checks: what the issuer says of what the shopper typed beside the number. */
import type { Fidelity } from './cards.ts'

interface AddressAnswer {
  /** `billing.address.address_line1`; absent: any other, and none. */
  line?: string
  /** `avs_check` */
  answer: string
  fidelity: Fidelity
}

export const ADDRESS_ANSWERS: readonly AddressAnswer[] = [
  { line: 'Test_A', answer: 'A', fidelity: 'confirmed' },
  { line: 'Test_B', answer: 'B', fidelity: 'confirmed' },
  { line: 'Test_C', answer: 'C', fidelity: 'confirmed' },
  { line: 'Test_D', answer: 'D', fidelity: 'confirmed' },
  { line: 'Test_F', answer: 'F', fidelity: 'confirmed' },
  { line: 'Test_G', answer: 'G', fidelity: 'confirmed' },
  { line: 'Test_I', answer: 'I', fidelity: 'confirmed' },
  { line: 'Test_M', answer: 'M', fidelity: 'confirmed' },
  { line: 'Test_N', answer: 'N', fidelity: 'confirmed' },
  { line: 'Test_P', answer: 'P', fidelity: 'confirmed' },
  { line: 'Test_R', answer: 'R', fidelity: 'confirmed' },
  { line: 'Test_U', answer: 'U', fidelity: 'confirmed' },
  { line: 'Test_Y', answer: 'Y', fidelity: 'confirmed' },
  { line: 'Test_Z', answer: 'Z', fidelity: 'confirmed' },
  { line: 'Test_AE1', answer: 'AE1', fidelity: 'confirmed' },
  { line: 'Test_AE2', answer: 'AE2', fidelity: 'confirmed' },
  { line: 'Test_AE3', answer: 'AE3', fidelity: 'confirmed' },
  { line: 'Test_AE4', answer: 'AE4', fidelity: 'confirmed' },
  { line: 'Test_AE5', answer: 'AE5', fidelity: 'confirmed' },
  { line: 'Test_AE6', answer: 'AE6', fidelity: 'confirmed' },
  { line: 'Test_AE7', answer: 'AE7', fidelity: 'confirmed' },
  { answer: 'S', fidelity: 'confirmed' },
]

const ANSWER_OF_LINE = new Map(ADDRESS_ANSWERS.map(({ line, answer }) => [line, answer]))

export function avsCheck(addressLine1: string | undefined): string {
  return ANSWER_OF_LINE.get(addressLine1) ?? ANSWER_OF_LINE.get(undefined) ?? ''
}

/** `cvv_check`, where the row of the card says nothing else. */
export const CVV_ANSWERS = [
  { sent: true, answer: 'Y', fidelity: 'inferred' },
  { sent: false, answer: 'X', fidelity: 'inferred' },
] as const satisfies readonly { sent: boolean; answer: string; fidelity: Fidelity }[]

export function cvvCheck(cvv: string | undefined, ofRow: string | undefined): string {
  const [matches, notSent] = CVV_ANSWERS
  return cvv ? (ofRow ?? matches.answer) : notSent.answer
}
