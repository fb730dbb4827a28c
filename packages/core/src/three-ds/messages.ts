/**
 * The messages of EMV 3-D Secure, protocol versions 2.2.0 and 2.3.1, browser channel: the members by their names in the
 * specification, what each must look like, and which must be there. Amounts are digits of minor units, currencies and
 * countries ISO numbers, times `YYYYMMDDHHMMSS` in UTC. Members of other channels (app, 3RI) are not here; members that are
 * not listed are let through, as the specification asks of a receiver.
 */
import { type Static, type TProperties, Type } from 'typebox'

export const MESSAGE_VERSIONS = ['2.2.0', '2.3.1'] as const
export type MessageVersion = (typeof MESSAGE_VERSIONS)[number]

/** Results: authenticated, not authenticated, attempted, could not be done, rejected, informational; or still to come:
 * challenge, decoupled, Secure Payment Confirmation. */
export const TRANS_STATUSES = ['Y', 'N', 'A', 'U', 'R', 'I', 'C', 'D', 'S'] as const
export type TransStatus = (typeof TRANS_STATUSES)[number]

/** `messageCategory`: with a payment, or without one (adding or verifying a card). */
export const PAYMENT = '01'
export const NON_PAYMENT = '02'
/** `deviceChannel` of a browser. */
export const BROWSER = '02'

/** The extension in which a test's wishes travel to the simulated DS and ACS. */
export const SIMULATOR_EXTENSION = 'sluice-simulator'

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const digits = (count: number) => Type.String({ pattern: `^[0-9]{${count}}$` })
const oneOf = <const Words extends readonly string[]>(words: Words) =>
  Type.Enum(words as unknown as Words[number][], { type: 'string' })
const optional = <Members extends TProperties>(members: Members) => Type.Partial(Type.Object(members)).properties

const Uuid = Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' })
const Url = Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2048 })
const Status = oneOf(TRANS_STATUSES)
const AccountNumber = Type.String({ pattern: '^[0-9]{13,19}$' })
const Version = Type.String({ pattern: '^[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,2}$' })
const AcsInfo = Type.Array(digits(2))

const MessageExtension = Type.Array(
  Type.Object({
    name: text(64),
    id: text(64),
    criticalityIndicator: Type.Boolean(),
    data: Type.Record(Type.String(), Type.Unknown()),
  }),
  { maxItems: 15 },
)
export type MessageExtension = Static<typeof MessageExtension>

const common = <const Name extends string>(messageType: Name) => ({
  messageType: Type.Literal(messageType),
  messageVersion: Version,
  messageExtension: Type.Optional(MessageExtension),
})

/** 3DS Server to DS: which cards take part, in which versions, and where their method page is. */
export const PReq = Type.Object({
  ...common('PReq'),
  threeDSServerTransID: Uuid,
  threeDSServerRefNumber: text(32),
  ...optional({
    threeDSServerOperatorID: text(32),
    threeDSRequestorURL: Url,
    /** State of the list the 3DS Server holds: the DS answers with what has changed since. */
    serialNum: text(20),
  }),
})
export type PReq = Static<typeof PReq>

const Range = Type.Object({ startRange: AccountNumber, endRange: AccountNumber })

/** One of 2.2.0, and one of 2.3.1: the later form gathers ranges, and has a method page per version. */
const CardRange = Type.Object(
  optional({
    startRange: AccountNumber,
    endRange: AccountNumber,
    acsStartProtocolVersion: Version,
    acsEndProtocolVersion: Version,
    threeDSMethodURL: Url,
    acsInfoInd: AcsInfo,
    actionInd: oneOf(['A', 'D', 'M']),
    ranges: Type.Array(Range),
    acsProtocolVersions: Type.Array(
      Type.Object({
        version: Version,
        ...optional({ acsInfoInd: AcsInfo, threeDSMethodURL: Url }),
      }),
    ),
  }),
)
export type CardRange = Static<typeof CardRange>

export const PRes = Type.Object({
  ...common('PRes'),
  threeDSServerTransID: Uuid,
  dsTransID: Uuid,
  ...optional({
    serialNum: text(20),
    /** 2.2.0. */
    dsStartProtocolVersion: Version,
    dsEndProtocolVersion: Version,
    /** 2.3.1. */
    dsProtocolVersions: Type.Array(Version),
    cardRangeData: Type.Array(CardRange),
  }),
})
export type PRes = Static<typeof PRes>

const address = <const Kind extends 'bill' | 'ship'>(kind: Kind) =>
  ({
    [`${kind}AddrCity`]: text(50),
    [`${kind}AddrCountry`]: digits(3),
    [`${kind}AddrLine1`]: text(50),
    [`${kind}AddrLine2`]: text(50),
    [`${kind}AddrLine3`]: text(50),
    [`${kind}AddrPostCode`]: text(16),
    [`${kind}AddrState`]: text(3),
  }) as Record<`${Kind}Addr${'City' | 'Country' | 'Line1' | 'Line2' | 'Line3' | 'PostCode' | 'State'}`, Type.TString>

const Phone = Type.Object({
  cc: Type.String({ pattern: '^[0-9]{1,3}$' }),
  subscriber: Type.String({ pattern: '^[0-9]{1,15}$' }),
})

/** 3DS Server to DS, and on to the ACS: please authenticate. */
export const AReq = Type.Object({
  ...common('AReq'),
  threeDSServerTransID: Uuid,
  threeDSServerRefNumber: text(32),
  /** Where the result (RReq) is to be sent. */
  threeDSServerURL: Url,
  threeDSRequestorID: text(35),
  threeDSRequestorName: text(40),
  threeDSRequestorURL: Url,
  /** Whether the method page was done: Y done, N begun but not done in time, U there is none. */
  threeDSCompInd: oneOf(['Y', 'N', 'U']),
  /** 01 payment, 02 recurring, 03 instalment, 04 add card, 05 maintain card, 06 verify for a token … */
  threeDSRequestorAuthenticationInd: Type.String({ pattern: '^(0[1-9]|[89][0-9])$' }),
  acctNumber: AccountNumber,
  deviceChannel: Type.Literal(BROWSER),
  messageCategory: oneOf([PAYMENT, NON_PAYMENT]),
  /** Where the browser brings the CRes. */
  notificationURL: Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 256 }),
  browserAcceptHeader: text(2048),
  browserJavascriptEnabled: Type.Boolean(),
  browserLanguage: text(35),
  browserUserAgent: text(2048),
  ...optional({
    browserIP: text(45),
    browserJavaEnabled: Type.Boolean(),
    browserColorDepth: oneOf(['1', '4', '8', '15', '16', '24', '30', '32', '48']),
    browserScreenHeight: Type.String({ pattern: '^[0-9]{1,6}$' }),
    browserScreenWidth: Type.String({ pattern: '^[0-9]{1,6}$' }),
    /** Minutes behind UTC, as JavaScript has it. */
    browserTZ: Type.String({ pattern: '^[+-]?[0-9]{1,4}$' }),
    threeDSServerOperatorID: text(32),
    /** What the merchant would like: `challenge-indicators.ts`. */
    threeDSRequestorChallengeInd: digits(2),
    threeDSRequestorDecReqInd: oneOf(['Y', 'N']),
    threeDSRequestorDecMaxTime: digits(5),
    threeDSRequestorAuthenticationInfo: Type.Unknown(),
    threeDSRequestorPriorAuthenticationInfo: Type.Unknown(),
    /** 2.3.1: of the method call that went before. */
    threeDSMethodId: Uuid,
    acquirerBIN: Type.String({ pattern: '^[0-9A-Za-z]{1,11}$' }),
    acquirerMerchantID: text(35),
    acquirerCountryCode: digits(3),
    merchantName: text(40),
    merchantCountryCode: digits(3),
    mcc: digits(4),
    cardExpiryDate: digits(4),
    cardholderName: text(45),
    acctID: text(64),
    acctType: oneOf(['01', '02', '03']),
    acctInfo: Type.Unknown(),
    addrMatch: oneOf(['Y', 'N']),
    ...address('bill'),
    ...address('ship'),
    email: text(254),
    homePhone: Phone,
    mobilePhone: Phone,
    workPhone: Phone,
    merchantRiskIndicator: Type.Unknown(),
    payTokenInd: Type.Literal(true),
    purchaseAmount: Type.String({ pattern: '^[0-9]{1,48}$' }),
    purchaseCurrency: digits(3),
    purchaseExponent: digits(1),
    purchaseDate: digits(14),
    purchaseInstalData: Type.String({ pattern: '^[0-9]{1,3}$' }),
    recurringExpiry: digits(8),
    recurringFrequency: Type.String({ pattern: '^[0-9]{1,4}$' }),
    transType: oneOf(['01', '03', '10', '11', '28']),
    /** 2.2.0; the same of 2.3.1 is called `trustListStatus`. */
    whiteListStatus: oneOf(['Y', 'N', 'E', 'P', 'R', 'U']),
    trustListStatus: oneOf(['Y', 'N', 'E', 'P', 'R', 'U']),
  }),
})
export type AReq = Static<typeof AReq>

/** ACS, through the DS, to 3DS Server: the result, or where the challenge is. */
export const ARes = Type.Object({
  ...common('ARes'),
  threeDSServerTransID: Uuid,
  dsTransID: Uuid,
  acsTransID: Uuid,
  dsReferenceNumber: text(32),
  acsReferenceNumber: text(32),
  transStatus: Status,
  ...optional({
    acsOperatorID: text(32),
    transStatusReason: digits(2),
    /** Base64 of 20 bytes. */
    authenticationValue: text(28),
    eci: digits(2),
    acsURL: Url,
    acsChallengeMandated: oneOf(['Y', 'N']),
    authenticationType: digits(2),
    /** 2.3.1 also on an ARes. */
    authenticationMethod: Type.Array(digits(2)),
    acsDecConInd: oneOf(['Y', 'N']),
    cardholderInfo: text(128),
    whiteListStatus: oneOf(['Y', 'N', 'E', 'P', 'R', 'U']),
    whiteListStatusSource: digits(2),
    trustListStatus: oneOf(['Y', 'N', 'E', 'P', 'R', 'U']),
    trustListStatusSource: digits(2),
  }),
})
export type ARes = Static<typeof ARes>

/** 01 250 × 400, 02 390 × 400, 03 500 × 600, 04 600 × 400, 05 the whole page. */
export const CHALLENGE_WINDOW_SIZES = ['01', '02', '03', '04', '05'] as const

/** Browser to ACS, as form member `creq`: show the challenge. */
export const CReq = Type.Object({
  ...common('CReq'),
  threeDSServerTransID: Uuid,
  acsTransID: Uuid,
  challengeWindowSize: oneOf(CHALLENGE_WINDOW_SIZES),
})
export type CReq = Static<typeof CReq>

/** ACS, through the browser, to the notification URL, as form member `cres`: the challenge is over. Not to be trusted. */
export const CRes = Type.Object({
  ...common('CRes'),
  threeDSServerTransID: Uuid,
  acsTransID: Uuid,
  transStatus: Status,
})
export type CRes = Static<typeof CRes>

/** ACS, through the DS, to 3DS Server: what the challenge came to. The only message that decides. */
export const RReq = Type.Object({
  ...common('RReq'),
  threeDSServerTransID: Uuid,
  dsTransID: Uuid,
  acsTransID: Uuid,
  messageCategory: oneOf([PAYMENT, NON_PAYMENT]),
  transStatus: Status,
  interactionCounter: digits(2),
  ...optional({
    transStatusReason: digits(2),
    authenticationType: digits(2),
    /** 2.2.0: one; 2.3.1: a list. */
    authenticationMethod: Type.Union([digits(2), Type.Array(digits(2))]),
    authenticationValue: text(28),
    eci: digits(2),
    /** 01 cancelled by the cardholder, 04 timed out, 05 no CReq came, 06 error. */
    challengeCancel: digits(2),
    whiteListStatus: oneOf(['Y', 'N', 'E', 'P', 'R', 'U']),
    trustListStatus: oneOf(['Y', 'N', 'E', 'P', 'R', 'U']),
  }),
})
export type RReq = Static<typeof RReq>

export const RRes = Type.Object({
  ...common('RRes'),
  threeDSServerTransID: Uuid,
  dsTransID: Uuid,
  acsTransID: Uuid,
  /** 01 received; 02 the challenge was declined by the 3DS Server; 03 it could not be used. */
  resultsStatus: oneOf(['01', '02', '03']),
})
export type RRes = Static<typeof RRes>

/** In place of any answer. `errorComponent`: A ACS, D DS, S 3DS Server. */
export const Erro = Type.Object({
  ...common('Erro'),
  errorCode: digits(3),
  errorComponent: oneOf(['C', 'S', 'D', 'A']),
  errorDescription: text(2048),
  errorDetail: text(2048),
  ...optional({
    errorMessageType: text(4),
    threeDSServerTransID: text(36),
    dsTransID: text(36),
    acsTransID: text(36),
  }),
})
export type Erro = Static<typeof Erro>

/** By the form member `threeDSMethodData`: to the method page with the notification URL, and back without it. */
export const MethodData = Type.Object({
  threeDSServerTransID: Uuid,
  ...optional({ threeDSMethodNotificationURL: Url, threeDSMethodId: Uuid, messageExtension: MessageExtension }),
})
export type MethodData = Static<typeof MethodData>

export const MESSAGES = { PReq, PRes, AReq, ARes, CReq, CRes, RReq, RRes, Erro } as const
export type MessageType = keyof typeof MESSAGES
export interface MessageByType {
  PReq: PReq
  PRes: PRes
  AReq: AReq
  ARes: ARes
  CReq: CReq
  CRes: CRes
  RReq: RReq
  RRes: RRes
  Erro: Erro
}
