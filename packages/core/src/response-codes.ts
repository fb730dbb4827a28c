/**
 * Response codes of authorizations and other messages to an issuer: five characters, of which the first two tell the
 * family. `10…` approved, `20…` soft decline (another try may succeed), `30…` hard decline (it will not), `40…` risk.
 */

export type DeclineClass = 'soft' | 'hard' | 'risk'

/** The words the browser component knows for a payment that failed. */
export type ComponentReason =
  | 'not_enough_funds'
  | 'invalid_payment_session_data'
  | 'invalid_customer_data'
  | 'merchant_misconfiguration'
  | 'try_again'
  | 'payment_cancelled'
  | 'payment_expired'

/** Every code we can name, and its summary for people. A code that is absent is one we do not understand. */
export const RESPONSE_CODES: Readonly<Record<string, string>> = {
  '10000': 'Approved',
  '10008': 'Honour with identification',
  '10010': 'Partial value approved',
  '10011': 'VIP approval',
  '10076': 'Approved',
  '10077': 'Approved',
  '10081': 'Approved',
  '10100': 'Flagged as potentially risky',
  '10200': 'Deferred capture',

  '20001': 'Refer to card issuer',
  '20002': 'Refer to card issuer - special conditions',
  '20003': 'Invalid merchant or service provider',
  '20004': 'Card should be captured',
  '20005': 'Declined - Do not honour',
  '20006': 'Error / invalid request parameters',
  '20009': 'Request in progress',
  '20012': 'Invalid transaction',
  '20013': 'Invalid value/amount',
  '20014': 'Invalid account number (no such number)',
  '20015': 'Not processable on debit network',
  '20016': 'Card not initialised',
  '20017': 'Customer cancellation',
  '20018': 'Customer dispute',
  '20019': 'Re-enter transaction / transaction has expired',
  '20020': 'Invalid response',
  '20021': 'No action taken',
  '20022': 'Suspected malfunction',
  '20023': 'Unacceptable transaction fee',
  '20024': 'File update not supported by receiver',
  '20025': 'Record not found on file',
  '20026': 'Duplicate file update record',
  '20027': 'File update field edit error',
  '20028': 'File temporarily unavailable',
  '20029': 'File update not successful',
  '20030': 'Format error',
  '20031': 'Bank not supported by switch',
  '20032': 'Completed partially',
  '20033': 'Previous scheme transaction id invalid',
  '20038': 'PIN tries exceeded',
  '20039': 'No credit account',
  '20040': 'Requested function not supported',
  '20042': 'No universal value/amount',
  '20044': 'No investment account',
  '20045': 'Issuer does not support fallback',
  '20046': 'Bank decline',
  '20051': 'Insufficient funds',
  '20052': 'No current account',
  '20053': 'No savings account',
  '20054': 'Expired card',
  '20055': 'Incorrect PIN',
  '20056': 'No card record',
  '20057': 'Transaction not permitted to cardholder',
  '20058': 'Transaction not permitted to terminal',
  '20059': 'Suspected fraud',
  '20060': 'Card acceptor to contact acquirer',
  '20061': 'Activity amount limit exceeded',
  '20062': 'Restricted card',
  '20063': 'Security violation',
  '20064': 'Does not fulfil anti-money-laundering requirement',
  '20065': 'Exceeds withdrawal frequency limit',
  '20066': 'Card acceptor to call acquirer security',
  '20067': 'Pick up card at ATM',
  '20068': 'Response received too late / timeout',
  '20072': 'Account not yet activated',
  '20075': 'PIN entry tries exceeded',
  '20078': 'Blocked at first use',
  '20081': 'Card is local use only',
  '20082': 'No security model / negative CVV result',
  '20083': 'No accounts',
  '20084': 'No PBF',
  '20085': 'PBF update error',
  '20086': 'ATM malfunction / invalid authorization type',
  '20087': 'Bad track data (invalid CVV and/or expiry date)',
  '20088': 'Unable to dispense/process',
  '20089': 'Administration error',
  '20090': 'Cut-off in progress',
  '20091': 'Issuer unavailable or switch inoperative',
  '20092': 'Destination cannot be found for routing',
  '20093': 'Cannot be completed: violation of law',
  '20094': 'Duplicate transmission/invoice',
  '20095': 'Reconcile error',
  '20096': 'System malfunction',
  '20097': 'Reconciliation totals reset',
  '20098': 'MAC error',
  '20099': 'Other / unidentified responses',
  '20100': 'Invalid expiry date format',
  '20101': 'No account / no customer (token incorrect or invalid)',
  '20102': 'Invalid merchant / wallet id',
  '20103': 'Card type / payment method not supported',
  '20104': 'Gateway reject - invalid transaction',
  '20105': 'Gateway reject - violation',
  '20106': 'Unsupported currency',
  '20107': 'Billing address is missing',
  '20108': 'Declined - updated cardholder available',
  '20109': 'Already reversed (voided) / capture larger than authorized',
  '20110': 'Authorization completed',
  '20111': 'Transaction already reversed',
  '20112': 'Merchant not SecureCode enabled',
  '20113': 'Invalid property',
  '20114': 'Invalid channel or token incorrect',
  '20115': 'Missing/invalid lifetime',
  '20116': 'Invalid encoding',
  '20117': 'Invalid API version',
  '20118': 'Transaction pending',
  '20119': 'Invalid batch data',
  '20120': 'Invalid customer/user',
  '20121': 'Limit for merchant/terminal exceeded',
  '20122': 'Mastercard instalments not supported',
  '20123': 'Missing basic data (zip, address, member)',
  '20124': 'Missing CVV value, required for e-commerce',
  '20150': 'Card not 3D Secure enabled',
  '20151': 'Cardholder failed 3DS authentication',
  '20152': 'Initial 3DS transaction not completed within 15 minutes',
  '20153': '3DS system malfunction',
  '20154': '3DS authentication required',
  '20155': '3DS service provided an invalid authentication result',
  '20156': 'Requested function not supported by the acquirer',
  '20157': 'Invalid merchant configuration - contact support',
  '20158': 'Refund validity period has expired',
  '20159': 'ACS malfunction',
  '20179': 'Lifecycle',
  '20182': 'Policy',
  '20183': 'Security',
  '20193': 'Invalid country code',
  '20197': 'Declined',
  '2005C': 'Blocked by issuer',
  '2006P': 'Cardholder id verification failed',
  '2009G': 'Blocked by cardholder / contact cardholder',
  '200A4': 'Declined',
  '200A5': 'Declined',
  '200A6': 'Declined',
  '200E0': 'Declined',
  '200E2': 'Declined',
  '200E3': 'Declined',
  '200N0': 'Force STIP',
  '200N7': 'Decline for CVV2 failure',
  '200O5': 'PIN required',
  '200P1': 'Over daily limit',
  '200P9': 'Declined',
  '200R1': 'Issuer stop: this authorization',
  '200R3': 'Issuer stop: all authorizations',
  '200S4': 'Declined',
  '200T2': 'Declined',
  '200T3': 'Card not supported',
  '200T5': 'Declined',

  '30004': 'Pick up card (no fraud)',
  '30007': 'Pick up card - special conditions',
  '30015': 'No such issuer',
  '30016': 'Issuer does not allow gambling payouts',
  '30017': 'Issuer does not allow original credits',
  '30018': 'Issuer does not allow money transfers',
  '30019': 'Issuer does not allow other payouts',
  '30020': 'Invalid amount',
  '30021': 'Declined - limit',
  '30022': 'Declined - limit',
  '30033': 'Expired card - pick up',
  '30034': 'Suspected fraud - pick up',
  '30035': 'Contact acquirer - pick up',
  '30036': 'Restricted card - pick up',
  '30037': 'Call acquirer security - pick up',
  '30038': 'PIN tries exceeded - pick up',
  '30041': 'Lost card - pick up',
  '30043': 'Stolen card - pick up',
  '30044': 'Anti-money-laundering (AMLD5)',
  '30045': 'Declined',
  '30046': 'Closed account',

  '40101': 'Risk blocked transaction',
  '40201': 'Risk blocked transaction - card number on a blocklist',
  '40202': 'Risk blocked transaction - IP address on a blocklist',
  '40203': 'Risk blocked transaction - e-mail on a blocklist',
  '40204': 'Risk blocked transaction - phone on a blocklist',
  '40205': 'Risk blocked transaction - BIN on a blocklist',
  '44301': '3DS authentication required by risk',
}

/** Families of risk codes whose members are not listed one by one. */
const RISK_FAMILIES: ReadonlyArray<readonly [pattern: RegExp, summary: string]> = [
  [/^41[123]\d\d$/, 'Risk blocked transaction - client rule'],
  [/^421\d\d$/, 'Risk blocked transaction - entity rule'],
  [/^431\d\d$/, 'Risk blocked transaction - platform rule'],
]

const REASONS: ReadonlyArray<readonly [reason: ComponentReason, codes: readonly string[]]> = [
  ['not_enough_funds', ['20051', '20061', '20065', '200P1']],
  ['invalid_customer_data', ['20014', '20054', '20087', '20100', '20107', '20124', '200N7', '30033']],
  ['merchant_misconfiguration', ['20003', '20103', '20106', '20156', '20157']],
  ['payment_cancelled', ['20017']],
  ['payment_expired', ['20019', '20152']],
  ['invalid_payment_session_data', ['20006', '20012', '20104']],
]
const REASON_OF_CODE = new Map(REASONS.flatMap(([reason, codes]) => codes.map((code) => [code, reason] as const)))

/** The summary of a code, or `undefined` when the code is none we know. */
export function responseSummary(code: string): string | undefined {
  if (Object.hasOwn(RESPONSE_CODES, code)) return RESPONSE_CODES[code]
  return RISK_FAMILIES.find(([pattern]) => pattern.test(code))?.[1]
}

export function isApproval(code: string): boolean {
  return code.startsWith('10') && Object.hasOwn(RESPONSE_CODES, code)
}

/** Whether and why a code is a decline; `undefined` for approvals and for codes we do not know. */
export function declineClass(code: string): DeclineClass | undefined {
  if (responseSummary(code) === undefined) return undefined
  if (code.startsWith('2')) return 'soft'
  if (code.startsWith('3')) return 'hard'
  if (code.startsWith('4')) return 'risk'
  return undefined
}

/** `decline_reason` of the API: a sentence for people, never empty. */
export function declineReason(code: string): string {
  return responseSummary(code) ?? 'Declined'
}

/** What the browser component tells the shopper about a decline. */
export function componentReason(code: string): ComponentReason {
  return REASON_OF_CODE.get(code) ?? 'try_again'
}
