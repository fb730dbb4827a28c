/** What a merchant wishes of the challenge, and which exemption he claims, as `threeDSRequestorChallengeInd` says it. */
import type { MessageVersion } from './messages.ts'

const OF_WISH: Readonly<Record<string, string>> = {
  no_preference: '01',
  no_challenge_requested: '02',
  challenge_requested: '03',
  challenge_requested_mandate: '04',
}

/** The exemptions that a code of its own speaks of; 10 and 11 came with 2.3.1, before it is a plain 02. */
const OF_EXEMPTION: Readonly<Record<string, string>> = {
  transaction_risk_assessment: '05',
  data_share: '06',
  sca_delegation: '07',
  trusted_listing: '08',
  trusted_listing_prompt: '09',
  low_value: '10',
  secure_corporate_payment: '11',
}

/**
 * A demand for a challenge is louder than an exemption, an exemption louder than a preference.
 * @param indicator the session's `3ds.challenge_indicator`
 * @param exemption the session's `3ds.exemption`
 */
export function challengeIndicator(
  indicator: string | undefined,
  exemption: string | undefined,
  version: MessageVersion,
): string {
  if (indicator === 'challenge_requested_mandate') return '04'
  if (exemption === undefined || exemption === 'none') return OF_WISH[indicator ?? 'no_preference'] ?? '01'
  const code = OF_EXEMPTION[exemption] ?? '02'
  return version === '2.2.0' && Number(code) > 9 ? '02' : code
}

const WISH_OF: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(OF_WISH).map(([wish, code]) => [code, wish])),
  '09': 'challenge_requested',
}

/** The other way: which of the merchant's four wishes an indicator stands for, and which exemption it claims. */
export function wishOfIndicator(code: string | undefined): { indicator: string; exemption?: string } {
  const exemption = Object.entries(OF_EXEMPTION).find(([, own]) => own === code)?.[0]
  const indicator = WISH_OF[code ?? '01'] ?? (exemption === undefined ? 'no_preference' : 'no_challenge_requested')
  return exemption === undefined ? { indicator } : { indicator, exemption }
}
