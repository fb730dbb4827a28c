/** Our words and those of EMV 3-D Secure: pure translations. */
import { challengeIndicator } from '@sluice/core/three-ds/challenge-indicators'
import { exponentOf } from '@sluice/core/currencies'
import { base64UrlOfJson } from '@sluice/core/three-ds/encoding'
import { countryNumber, currencyNumber } from '@sluice/core/three-ds/iso-numbers'
import {
  type ARes,
  type CReq,
  type MessageExtension,
  type MessageVersion,
  type MethodData,
  NON_PAYMENT,
  PAYMENT,
  type RReq,
  type RRes,
  SIMULATOR_EXTENSION,
} from '@sluice/core/three-ds/messages'
import type {
  AuthenticationAnswer,
  AuthenticationRequest,
  AuthenticationResult,
  Challenge,
  Preparation,
} from '../authenticator.ts'

/** Reference number of an approved 3DS Server; ours is none, and says so. */
export const SERVER_REFERENCE = 'SLUICE_NOT_EMVCO_APPROVED'
const REQUESTOR_ID_LENGTH = 35
/** Of a merchant nobody classified: miscellaneous retail. */
const DEFAULT_MCC = '5999'
const DEFAULT_COUNTRY = 'GB'
const ADD_CARD = '04'
const PAY = '01'
const RECURRING = '02'
const INSTALMENT = '03'
const MOST_DAYS_BETWEEN = 9999
const MOST_INSTALMENTS = 999
/** A screen that is narrower is filled; a wider one shows a window of 500 × 600. */
const NARROW_SCREEN = 600
const REASON_NOT_ENROLLED = '13'

/** The acquirer's identity at the directory server, from the channel's settings. */
export interface Acquirer {
  bin: string
  merchantId: string
}

/** The body of an AReq, with the card as placeholders: the vault fills in the number. */
export function toAReq(request: AuthenticationRequest, version: MessageVersion, acquirer: Acquirer): object {
  const { amount, currency, card, merchant, customer, browser } = request
  const said = {
    messageType: 'AReq',
    messageVersion: version,
    messageExtension: simulatorExtension(request),
    threeDSServerTransID: request.transId,
    threeDSServerRefNumber: SERVER_REFERENCE,
    threeDSServerURL: request.resultUrl,
    threeDSRequestorID: merchant.id.slice(0, REQUESTOR_ID_LENGTH),
    threeDSRequestorName: plain(merchant.name, 40),
    threeDSRequestorURL: merchant.url,
    ...seriesOf(request),
    threeDSRequestorChallengeInd: challengeIndicator(request.challengeIndicator, request.exemption, version),
    threeDSCompInd: request.methodCompletion,
    deviceChannel: '02',
    messageCategory: amount === 0 ? NON_PAYMENT : PAYMENT,
    notificationURL: request.notificationUrl,
    cardExpiryDate: `${String(card.expiryYear).slice(-2)}${String(card.expiryMonth).padStart(2, '0')}`,
    cardholderName: card.name === undefined ? undefined : plain(card.name, 45),
    acquirerBIN: acquirer.bin,
    acquirerMerchantID: acquirer.merchantId.slice(0, 35),
    mcc: merchant.mcc ?? DEFAULT_MCC,
    merchantName: plain(merchant.name, 40),
    merchantCountryCode: countryNumber(merchant.country ?? DEFAULT_COUNTRY),
    ...(amount > 0 && {
      purchaseAmount: String(amount),
      purchaseCurrency: currencyNumber(currency),
      purchaseExponent: String(exponentOf(currency)),
      purchaseDate: purchaseDate(request.at),
    }),
    ...browserOf(browser, request),
    ...addressOf(request.billing?.address),
    email: customer?.email,
    mobilePhone: phoneOf(customer?.phone),
  }
  return { ...withoutPlaceholders(said), acctNumber: '{{card.number}}' }
}

/** What the shopper is authenticated for. A series is called one where all is known that the specification wants told of it. */
function seriesOf({ amount, paymentType, plan = {} }: AuthenticationRequest) {
  if (amount === 0) return { threeDSRequestorAuthenticationInd: ADD_CARD }
  const { days_between_payments: days, total_number_of_payments: payments, expiry: recurringExpiry } = plan
  if (days === undefined || days > MOST_DAYS_BETWEEN || recurringExpiry === undefined) {
    return { threeDSRequestorAuthenticationInd: PAY }
  }
  const series = { recurringFrequency: String(days), recurringExpiry }
  if (paymentType === 'Recurring') return { threeDSRequestorAuthenticationInd: RECURRING, ...series }
  // One alone is none.
  const isPaidInParts = paymentType === 'Installment' && payments !== undefined && payments > 1
  return isPaidInParts && payments <= MOST_INSTALMENTS
    ? { threeDSRequestorAuthenticationInd: INSTALMENT, purchaseInstalData: String(payments), ...series }
    : { threeDSRequestorAuthenticationInd: PAY }
}

/** The shopper's browser: what was sealed, and where nothing was, the least that says so. */
function browserOf(browser: AuthenticationRequest['browser'], { payerAddress, locale }: AuthenticationRequest) {
  const said = browser as {
    accept_header?: string
    user_agent?: string
    language?: string
    java_enabled?: boolean
    javascript_enabled?: boolean
    color_depth?: number
    screen_height?: number
    screen_width?: number
    timezone_offset?: number
  }
  const scripted = said.javascript_enabled === true && said.screen_height !== undefined
  return {
    browserAcceptHeader: said.accept_header ?? '*/*',
    browserUserAgent: said.user_agent ?? 'unknown',
    browserLanguage: said.language ?? locale,
    browserJavascriptEnabled: scripted,
    browserIP: payerAddress,
    ...(scripted && {
      browserJavaEnabled: said.java_enabled ?? false,
      browserColorDepth: String(said.color_depth ?? 24),
      browserScreenHeight: String(said.screen_height),
      browserScreenWidth: String(said.screen_width ?? 0),
      browserTZ: String(said.timezone_offset ?? 0),
    }),
  }
}

function addressOf(address: Record<string, string | undefined> | undefined) {
  if (!address) return {}
  return {
    billAddrLine1: plain(address['address_line1'], 50),
    billAddrLine2: plain(address['address_line2'], 50),
    billAddrCity: plain(address['city'], 50),
    billAddrPostCode: plain(address['zip'], 16),
    billAddrCountry: address['country'] === undefined ? undefined : countryNumber(address['country']),
  }
}

function phoneOf(phone: { country_code?: string; number?: string } | undefined) {
  const cc = phone?.country_code?.replaceAll(/\D/g, '') ?? ''
  const subscriber = phone?.number?.replaceAll(/\D/g, '') ?? ''
  const known = /^\d{1,3}$/.test(cc) && /^\d{1,15}$/.test(subscriber)
  return known ? { cc, subscriber } : undefined
}

/** A test's wishes: only the simulated directory server understands them, and nobody else has to. */
function simulatorExtension({
  metadata,
  locale,
}: Pick<AuthenticationRequest, 'metadata' | 'locale'>): MessageExtension {
  const switches = metadata['sluice_simulator']
  return [
    {
      name: 'Sluice simulator',
      id: SIMULATOR_EXTENSION,
      criticalityIndicator: false,
      data: { ...(typeof switches === 'string' && { switches }), locale },
    },
  ]
}

/** `2026-11-22T10:00:00.123Z` as `20261122100000`. */
function purchaseDate(at: string): string {
  return at.replaceAll(/\D/g, '').slice(0, 14)
}

/** Text without what would be refused: nothing at all is left out. */
function plain(text: string | undefined, longest: number): string | undefined {
  // By characters: half of one would make the message unreadable.
  const cut = [...(text?.trim() ?? '')].slice(0, longest).join('')
  return cut === '' ? undefined : cut
}

/** What the method page takes. */
export function methodData(request: Preparation, version: MessageVersion): string {
  const data: MethodData = {
    threeDSServerTransID: request.transId,
    threeDSMethodNotificationURL: request.methodNotificationUrl,
    ...(version !== '2.2.0' && { threeDSMethodId: request.transId }),
    ...(typeof request.metadata['sluice_simulator'] === 'string' && { messageExtension: simulatorExtension(request) }),
  }
  return base64UrlOfJson(data)
}

/** What an ARes decides, or where it sends the shopper. */
export function readARes(
  ares: ARes,
  screenWidth: unknown,
): AuthenticationResult | { challenge: AuthenticationAnswer & { challenge: Challenge } } | 'not_enrolled' {
  const { transStatus, messageVersion: version, acsURL, threeDSServerTransID, acsTransID } = ares
  const known = { version, dsTransId: ares.dsTransID, acsTransId: acsTransID }
  if (transStatus === 'C' && acsURL !== undefined) {
    const size = typeof screenWidth === 'number' && screenWidth >= NARROW_SCREEN ? '03' : '05'
    const creq: CReq = {
      messageType: 'CReq',
      messageVersion: version,
      threeDSServerTransID,
      acsTransID,
      challengeWindowSize: size,
    }
    return { challenge: { ...known, challenge: { url: acsURL, creq: base64UrlOfJson(creq), size } } }
  }
  const refused = transStatus === 'N' || transStatus === 'U'
  if (refused && ares.transStatusReason === REASON_NOT_ENROLLED) return 'not_enrolled'
  // Decoupled authentication and Secure Payment Confirmation were not asked for: nothing came of it.
  const status = transStatus === 'C' || transStatus === 'D' || transStatus === 'S' ? 'U' : transStatus
  return { ...known, status, ...decidedBy(ares), challenged: false }
}

export function resultOfRReq(rreq: RReq): AuthenticationResult {
  const { transStatus, challengeCancel } = rreq
  return {
    version: rreq.messageVersion,
    dsTransId: rreq.dsTransID,
    acsTransId: rreq.acsTransID,
    status: transStatus === 'C' || transStatus === 'D' || transStatus === 'S' ? 'U' : transStatus,
    ...decidedBy(rreq),
    ...(challengeCancel !== undefined && { cancelled: challengeCancel }),
    challenged: true,
  }
}

function decidedBy({
  transStatusReason,
  eci,
  authenticationValue,
}: Pick<ARes, 'transStatusReason' | 'eci' | 'authenticationValue'>) {
  return {
    ...(transStatusReason !== undefined && { statusReason: transStatusReason }),
    ...(eci !== undefined && { eci }),
    ...(authenticationValue !== undefined && { cryptogram: authenticationValue }),
  }
}

export function toRRes({ messageVersion, threeDSServerTransID, dsTransID, acsTransID }: RReq): RRes {
  return {
    messageType: 'RRes',
    messageVersion,
    threeDSServerTransID,
    dsTransID,
    acsTransID,
    resultsStatus: '01',
  }
}

const PLACEHOLDER = /^\{\{.*\}\}$/s
const BRACES = /[{}]/g

/**
 * What has no value is left out. Texts of the shopper and the merchant stand beside the card's number in this message: one
 * that is written like a placeholder would be filled in with the card's security code, so it loses its braces.
 */
function withoutPlaceholders(members: Record<string, unknown>): Record<string, unknown> {
  const told = Object.entries(members).filter(([, value]) => value !== undefined)
  const harmless = (value: unknown) =>
    typeof value === 'string' && PLACEHOLDER.test(value) ? value.replaceAll(BRACES, '') : value
  return Object.fromEntries(told.map(([name, value]) => [name, harmless(value)]))
}
