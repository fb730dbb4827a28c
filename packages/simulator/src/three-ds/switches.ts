/** The words of `metadata.sluice_simulator` about 3-D Secure: for the directory server and the pages of the issuer. */
import type { Switches, ThreeDsWord } from '@sluice/core/switches'
import type { Fidelity } from '../issuer/cards.ts'

interface Word {
  /** What it does, as a sentence. */
  about: string
  fidelity: Fidelity
}

/** They stand as they are written, and belong to no step of a payment. */
export const THREE_DS_WORDS: Readonly<Record<ThreeDsWord, Word>> = {
  challenge: {
    about: 'The challenge page answers by itself.',
    fidelity: 'inferred',
  },
  'challenge.kind': {
    about: 'What the challenge page asks for.',
    fidelity: 'inferred',
  },
  method: { about: 'The method page never comes back.', fidelity: 'inferred' },
  acs: { about: 'The issuer cannot be reached: Erro 405.', fidelity: 'inferred' },
  ds: { about: 'The directory server cuts the line.', fidelity: 'inferred' },
  rreq: { about: 'The result of the challenge is never told, or late.', fidelity: 'inferred' },
  transstatus: { about: 'This status in the ARes, whatever the card.', fidelity: 'inferred' },
  page: { about: 'The challenge page hangs or is down.', fidelity: 'inferred' },
}

export function threeDsSwitch(switches: Switches, word: ThreeDsWord): string | undefined {
  return switches[word]
}
