/** What these cards answer to a verification (amount 0). Above zero they are declined with the same code. */
import type { Fidelity } from './cards.ts'

interface VerificationCards {
  code: string
  numbers: readonly string[]
  fidelity: Fidelity
}

export const VERIFICATION_CARDS: readonly VerificationCards[] = [
  { code: '20012', numbers: ['4644968546281686', '5355228287185489'], fidelity: 'confirmed' },
  { code: '20051', numbers: ['4546381219393284', '5355229757805879', '4325350188287824'], fidelity: 'confirmed' },
  { code: '20061', numbers: ['4543611423334994', '5355222589678168', '4394666298116207'], fidelity: 'confirmed' },
  { code: '20062', numbers: ['4857662623668665', '5355225201525238', '4021277034700287'], fidelity: 'confirmed' },
  { code: '20063', numbers: ['4407108123937239', '5355226042898974'], fidelity: 'confirmed' },
]

const CODE_OF_NUMBER = new Map(
  VERIFICATION_CARDS.flatMap(({ code, numbers }) => numbers.map((number) => [number, code] as const)),
)

export function verificationCode(number: string): string | undefined {
  return CODE_OF_NUMBER.get(number)
}
