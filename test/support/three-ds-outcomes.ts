/** `3ds` of a payment, whole, for every way an authentication outside the processor can end. */
import assert from 'node:assert/strict'
import type { Json } from './client.ts'

/** What differs each time is checked for its form, and stands as this in the objects below. */
const XID = 'a UUID'
const CRYPTOGRAM = '20 bytes in base64'

/** @param threeDs `3ds` of a payment */
export function formOf(threeDs: Json): Json {
  const { xid, cryptogram, ...rest } = threeDs
  if (xid !== undefined) assert.match(xid, /^[0-9a-f-]{36}$/)
  if (cryptogram !== undefined) assert.match(cryptogram, /^[A-Za-z0-9+/]{27}=$/)
  return {
    ...rest,
    ...(xid !== undefined && { xid: XID }),
    ...(cryptogram !== undefined && { cryptogram: CRYPTOGRAM }),
  }
}

const COMMON = { downgraded: false, exemption: 'none', challenged: false }
const TOLD = { ...COMMON, enrolled: 'Y', version: '2.3.1', xid: XID }
const PROVEN = { ...TOLD, signature_valid: 'Y', cryptogram: CRYPTOGRAM }

/** Of a Visa card; other brands have other ECIs, or speak 2.2.0. */
export const THREE_DS = {
  authenticated: { ...PROVEN, authentication_response: 'Y', eci: '05' },
  attempted: { ...PROVEN, authentication_response: 'A', eci: '06' },
  failed: {
    ...TOLD,
    signature_valid: 'Y',
    authentication_response: 'N',
    authentication_status_reason: '01',
    eci: '07',
  },
  rejected: {
    ...TOLD,
    signature_valid: 'Y',
    authentication_response: 'R',
    authentication_status_reason: '01',
    eci: '07',
  },
  notPossible: {
    ...TOLD,
    signature_valid: 'Y',
    authentication_response: 'U',
    authentication_status_reason: '22',
    eci: '07',
  },
  informed: { ...TOLD, signature_valid: 'Y', authentication_response: 'I', eci: '07' },
  /** Another way to authenticate that was not asked for, with no reason told. */
  notAskedFor: { ...TOLD, signature_valid: 'Y', authentication_response: 'U' },
  /** The issuer says that the shopper took too long. */
  tooLate: {
    ...TOLD,
    signature_valid: 'Y',
    authentication_response: 'N',
    authentication_status_reason: '14',
    eci: '07',
    challenged: true,
  },
  /** Nobody says anything: 15 minutes are over. */
  abandoned: { ...TOLD, challenged: true },
  /** The shopper is back, and nobody says what came of it. */
  resultLost: { ...TOLD, authentication_response: 'U', challenged: true },
  /** No card range covers the card: nobody was asked. */
  notEnrolled: { ...COMMON, enrolled: 'N' },
  /** The question was answered by an error. */
  unreachable: { ...COMMON, enrolled: 'U', version: '2.3.1' },
  /** The question was not answered, or not asked. */
  unanswered: { ...COMMON, enrolled: 'U' },
} satisfies Record<string, Json>
