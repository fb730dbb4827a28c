/** The words of `metadata.sluice_simulator` about 3-D Secure: for the directory server and the pages of the issuer. */
import type { Fidelity } from '../issuer/cards.ts'
import type { Switches } from '../switches.ts'

interface Word {
  /** What its value must look like. */
  value: RegExp
  /** What it does, as a sentence. */
  about: string
  fidelity: Fidelity
}

/** They stand as they are written, and belong to no step of a payment. */
export const THREE_DS_WORDS: Readonly<Record<string, Word>> = {
  challenge: {
    value: /^(approve|fail|cancel|timeout)$/,
    about: 'The challenge page answers by itself.',
    fidelity: 'inferred',
  },
  'challenge.kind': {
    value: /^(password|otp|oob)$/,
    about: 'What the challenge page asks for.',
    fidelity: 'inferred',
  },
  method: { value: /^hang$/, about: 'The method page never comes back.', fidelity: 'inferred' },
  acs: { value: /^down$/, about: 'The issuer cannot be reached: Erro 405.', fidelity: 'inferred' },
  ds: { value: /^down$/, about: 'The directory server cuts the line.', fidelity: 'inferred' },
  rreq: { value: /^(lost|late)$/, about: 'The result of the challenge is never told, or late.', fidelity: 'inferred' },
  transstatus: { value: /^[YNAURICDS]$/, about: 'This status in the ARes, whatever the card.', fidelity: 'inferred' },
  page: { value: /^(hangs|down)$/, about: 'The challenge page hangs or is down.', fidelity: 'inferred' },
}

export type ThreeDsWord = 'challenge' | 'challenge.kind' | 'method' | 'acs' | 'ds' | 'rreq' | 'transstatus' | 'page'

export function threeDsSwitch(switches: Switches, word: ThreeDsWord): string | undefined {
  return switches[word]
}
