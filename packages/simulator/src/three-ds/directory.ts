/**
 * The directory server: the one address 3DS Servers talk to. It says which cards take part (PReq), hands authentication
 * requests to the issuer's access control server (AReq), and brings that one's results back (RReq).
 */
import { createHash, createHmac } from 'node:crypto'
import { exponentOf } from '@sluice/core/currencies'
import { erroFor, type MessageProblem, readMessage, simulatorWishes } from '@sluice/core/three-ds/check'
import { currencyOfNumber } from '@sluice/core/three-ds/iso-numbers'
import {
  type AReq,
  type ARes,
  type Erro,
  MESSAGE_VERSIONS,
  type MessageVersion,
  PAYMENT,
  type PReq,
  type PRes,
  type RReq,
  type RRes,
  SIMULATOR_EXTENSION,
  type TransStatus,
} from '@sluice/core/three-ds/messages'
import type { Simulator } from '../app.ts'
import { brandOf } from '../issuer/brands.ts'
import { parseSwitches, type Switches } from '@sluice/core/switches'
import { isOfSluice } from './addresses.ts'
import { cardRanges } from './card-ranges.ts'
import { judge, type Judgement } from './judge.ts'
import type { Authentication, ChallengeKind } from './store.ts'
import { threeDsSwitch } from './switches.ts'

const DS_REFERENCE = 'SLUICE_SIMULATOR_DS'
const ACS_REFERENCE = 'SLUICE_SIMULATOR_ACS'
const RESULT_DEADLINE_MS = 10_000

/** What a 3DS Server gets: a message, or the line is cut. */
export type Reply = PRes | ARes | Erro | 'cut'

/** Answers a message of a 3DS Server: `body` is what it sent, `at` the merchant's time. */
export async function askDirectory(bank: Simulator, body: unknown, at: Date): Promise<Reply> {
  const type = (body as { messageType?: unknown } | null)?.messageType
  switch (type) {
    case 'PReq': {
      const read = readMessage('PReq', body, [SIMULATOR_EXTENSION])
      return 'problem' in read ? erroFor('D', read.problem, body) : prepare(bank, read.message)
    }
    case 'AReq': {
      const read = readMessage('AReq', body, [SIMULATOR_EXTENSION])
      if ('problem' in read) return erroFor('D', read.problem, body)
      const foreign = foreignAddresses(bank, read.message)
      if (foreign.length > 0) return erroFor('D', { code: '203', detail: foreign.join(',') }, body)
      return authenticate(bank, read.message, at)
    }
    case 'RReq':
      // Results come from the issuer's own server only, which does not come through this door.
      return erroFor('D', { code: '303', detail: 'Results are taken from access control servers only.' }, body)
    default:
      return erroFor('D', { code: '101', detail: 'messageType is PReq or AReq.' }, body)
  }
}

/** Members whose addresses would have us send something to nobody of ours. */
function foreignAddresses(bank: Simulator, areq: AReq): string[] {
  return (['threeDSServerURL', 'notificationURL'] as const).filter((name) => !isOfSluice(areq[name], bank.origins))
}

function prepare(bank: Simulator, preq: PReq): Reply {
  const wished = switchesOf(preq)
  if ('problem' in wished) return erroFor('D', wished.problem, preq)
  if (threeDsSwitch(wished.switches, 'ds') === 'down') return 'cut'
  const version = preq.messageVersion as MessageVersion
  const cardRangeData = cardRanges(version, `${bank.url()}/3ds/acs/method`)
  const serialNum = createHash('sha256').update(JSON.stringify(cardRangeData)).digest('hex').slice(0, 20)
  return {
    messageType: 'PRes',
    messageVersion: version,
    threeDSServerTransID: preq.threeDSServerTransID,
    dsTransID: uuidOf(bank, 'ds', preq.threeDSServerTransID),
    serialNum,
    ...(version === '2.2.0'
      ? { dsStartProtocolVersion: MESSAGE_VERSIONS[0], dsEndProtocolVersion: MESSAGE_VERSIONS[1] }
      : { dsProtocolVersions: [...MESSAGE_VERSIONS] }),
    ...(preq.serialNum === serialNum ? {} : { cardRangeData }),
  }
}

async function authenticate(bank: Simulator, areq: AReq, at: Date): Promise<Reply> {
  const wished = switchesOf(areq)
  if ('problem' in wished) return erroFor('D', wished.problem, areq)
  const { switches, locale } = wished
  if (threeDsSwitch(switches, 'ds') === 'down') return 'cut'
  const purchase = purchaseOf(areq)
  if ('problem' in purchase) return erroFor('D', purchase.problem, areq)
  const judgement = judge(areq, switches)
  if (!judgement) return erroFor('D', { code: '405', detail: 'The issuer’s server cannot be reached.' }, areq)

  const opened = newAuthentication(bank, areq, judgement, { ...purchase, switches, locale, at })
  const booked = await bank.authentications.open(opened)
  if (booked.request_mark !== opened.request_mark) {
    return erroFor('D', { code: '305', detail: 'threeDSServerTransID was used for another request.' }, areq)
  }
  return booked.ares
}

interface Circumstances {
  amount: number | null
  currency: string | null
  switches: Switches
  locale: string | undefined
  at: Date
}

function newAuthentication(
  bank: Simulator,
  areq: AReq,
  judgement: Judgement,
  { amount, currency, switches, locale, at }: Circumstances,
): Authentication {
  const name = areq.threeDSServerTransID.toLowerCase()
  const brand = brandOf(areq.acctNumber)
  const waits = judgement.status === 'C' || judgement.status === 'D'
  const kind = (threeDsSwitch(switches, 'challenge.kind') ?? 'password') as ChallengeKind
  const dsTransId = uuidOf(bank, 'ds', name)
  const acsTransId = uuidOf(bank, 'acs', name)
  const proof = makeProof(bank, name, areq.acctNumber, judgement.status)
  const ares: ARes = {
    messageType: 'ARes',
    messageVersion: areq.messageVersion,
    threeDSServerTransID: areq.threeDSServerTransID,
    dsTransID: dsTransId,
    acsTransID: acsTransId,
    dsReferenceNumber: DS_REFERENCE,
    acsReferenceNumber: ACS_REFERENCE,
    acsOperatorID: 'SLUICE_SIMULATOR_BANK',
    transStatus: judgement.status,
    ...(judgement.reason === undefined ? {} : { transStatusReason: judgement.reason }),
    ...(waits ? challengeMembers(bank, areq, judgement, kind) : definedOf({ ...proof })),
  }
  return {
    server_trans_id: name,
    request_mark: mark(bank, 'areq', JSON.stringify(areq)),
    ds_trans_id: dsTransId,
    acs_trans_id: acsTransId,
    page_token: createHmac('sha256', bank.secret)
      .update(`challenge\n${name}`)
      .digest()
      .subarray(0, 16)
      .toString('base64url'),
    requestor: areq.threeDSRequestorID,
    merchant: areq.acquirerMerchantID ?? null,
    merchant_name: areq.merchantName ?? areq.threeDSRequestorName,
    version: areq.messageVersion,
    category: areq.messageCategory,
    scheme: brand.scheme,
    card_mark: mark(bank, 'card', areq.acctNumber),
    bin: areq.acctNumber.slice(0, 6),
    last4: areq.acctNumber.slice(-4),
    amount,
    currency,
    state: waits ? 'challenged' : 'decided',
    ares,
    on_success: judgement.onSuccess ?? null,
    status: judgement.status,
    reason: judgement.reason ?? null,
    eci: proof.eci ?? null,
    authentication_value: proof.authenticationValue ?? null,
    cancel: null,
    kind: judgement.status === 'D' ? 'oob' : kind,
    interactions: 0,
    server_url: areq.threeDSServerURL,
    notification_url: areq.notificationURL,
    session_data: null,
    window_size: null,
    switches,
    locale: locale ?? areq.browserLanguage,
    requested_on: at.toISOString(),
  }
}

const AUTHENTICATION_TYPES: Readonly<Record<ChallengeKind, string>> = { password: '01', otp: '02', oob: '03' }
const AUTHENTICATION_METHODS: Readonly<Record<ChallengeKind, string>> = { password: '01', otp: '02', oob: '09' }

function challengeMembers(bank: Simulator, areq: AReq, judgement: Judgement, kind: ChallengeKind): Partial<ARes> {
  if (judgement.status === 'D') return { acsDecConInd: 'Y', authenticationType: '04' }
  return {
    acsURL: `${bank.url()}/3ds/acs/challenge`,
    acsChallengeMandated: areq.threeDSRequestorChallengeInd === '04' ? 'N' : 'Y',
    authenticationType: AUTHENTICATION_TYPES[kind],
  }
}

/** ECI of the brand, and the value that proves the authentication: 20 bytes that only this bank can make. */
export function makeProof(
  bank: Pick<Simulator, 'secret'>,
  serverTransId: string,
  numberOrBin: string,
  status: TransStatus,
): { eci?: string; authenticationValue?: string } {
  const { eci } = brandOf(numberOrBin)
  if (status === 'C' || status === 'D' || status === 'S') return {}
  if (status !== 'Y' && status !== 'A') return { eci: eci.none }
  const mac = createHmac('sha256', bank.secret).update(`proof\n${serverTransId.toLowerCase()}\n${status}`).digest()
  return {
    eci: status === 'Y' ? eci.authenticated : eci.attempted,
    authenticationValue: mac.subarray(0, 20).toString('base64'),
  }
}

/**
 * Tells the 3DS Server what a challenge came to, once more when the first time fails.
 * @returns whether it answered as it should; with `rreq:lost` it is not told
 */
export async function reportResult(authentication: Authentication): Promise<'received' | 'refused' | 'lost'> {
  if (threeDsSwitch(authentication.switches, 'rreq') === 'lost') return 'lost'
  const rreq = resultRequest(authentication)
  for (const _try of [1, 2]) {
    const answer = await send(authentication.server_url, rreq)
    if (answer === undefined) continue
    const read = readMessage('RRes', answer)
    return 'message' in read && read.message.resultsStatus === '01' ? 'received' : 'refused'
  }
  return 'lost'
}

export function resultRequest(authentication: Authentication): RReq {
  const { status, kind, version, ares } = authentication
  const method = AUTHENTICATION_METHODS[kind]
  const decoupled = ares.transStatus === 'D'
  return {
    messageType: 'RReq',
    messageVersion: version,
    threeDSServerTransID: ares.threeDSServerTransID,
    dsTransID: authentication.ds_trans_id,
    acsTransID: authentication.acs_trans_id,
    messageCategory: authentication.category as RReq['messageCategory'],
    transStatus: status,
    interactionCounter: String(Math.min(authentication.interactions, 99)).padStart(2, '0'),
    authenticationType: decoupled ? '04' : AUTHENTICATION_TYPES[kind],
    authenticationMethod: version === '2.2.0' ? method : [method],
    ...definedOf({
      transStatusReason: authentication.reason,
      eci: authentication.eci,
      authenticationValue: authentication.authentication_value,
      challengeCancel: authentication.cancel,
    }),
  }
}

async function send(url: string, message: RReq): Promise<RRes | Erro | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(RESULT_DEADLINE_MS),
      redirect: 'error',
    })
    return response.status < 500 ? ((await response.json()) as RRes | Erro) : undefined
  } catch {
    return undefined
  }
}

/** Minor units as the rest of the bank counts them. A payment whose purchase makes no sense is refused. */
function purchaseOf(areq: AReq): { amount: number | null; currency: string | null } | { problem: MessageProblem } {
  const wrong = (code: MessageProblem['code'], detail: string) => ({ problem: { code, detail } })
  if (areq.cardExpiryDate !== undefined && !/^\d\d(0[1-9]|1[0-2])$/.test(areq.cardExpiryDate)) {
    return wrong('203', 'cardExpiryDate')
  }
  if (areq.purchaseDate !== undefined && !isMoment(areq.purchaseDate)) return wrong('203', 'purchaseDate')
  if (areq.messageCategory !== PAYMENT || areq.purchaseAmount === undefined) return { amount: null, currency: null }
  const currency = currencyOfNumber(areq.purchaseCurrency ?? '')
  if (currency === undefined) return wrong('304', 'purchaseCurrency')
  const amount = Number(areq.purchaseAmount) * 10 ** (exponentOf(currency) - Number(areq.purchaseExponent))
  return Number.isSafeInteger(amount) ? { amount, currency } : wrong('305', 'purchaseAmount')
}

/** `YYYYMMDDHHMMSS`, and in the calendar. */
function isMoment(text: string): boolean {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6.000Z')
  const at = new Date(iso)
  return !Number.isNaN(at.getTime()) && at.toISOString() === iso
}

function switchesOf(
  message: PReq | AReq,
): { switches: Switches; locale: string | undefined } | { problem: MessageProblem } {
  const { switches, locale } = simulatorWishes(message, SIMULATOR_EXTENSION)
  const parsed = parseSwitches(switches)
  if ('unknown' in parsed)
    return { problem: { code: '203', detail: `messageExtension.data.switches: ${parsed.unknown}` } }
  return { switches: parsed.switches, locale }
}

/** A UUID that nobody else can foretell, the same for the same name. */
function uuidOf(bank: Simulator, kind: string, name: string): string {
  const mac = createHmac('sha256', bank.secret).update(`${kind}\n${name.toLowerCase()}`).digest()
  mac[6] = ((mac[6] as number) & 0x0f) | 0x40
  mac[8] = ((mac[8] as number) & 0x3f) | 0x80
  const hex = mac.subarray(0, 16).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Tells two texts apart, and only to this bank. A card's is the same as in the books of payments. */
export function mark(bank: Pick<Simulator, 'secret'>, kind: 'card' | 'areq', text: string): string {
  return createHmac('sha256', bank.secret).update(`${kind}\n${text}`).digest('base64url')
}

function definedOf<Members extends Record<string, string | null | undefined>>(members: Members) {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  ) as Record<string, string>
}
