/** Whether a 3-D Secure message is one: what is wrong with it is said in the words and codes of the specification. */
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { isObject } from '../shape.ts'
import { type Erro, MESSAGE_VERSIONS, type MessageByType, MESSAGES, type MessageType, PAYMENT } from './messages.ts'

/** Error codes of the specification that are used here, with their descriptions. */
export const ERRORS = {
  '101': 'Message Received Invalid',
  '102': 'Message Version Number Not Supported',
  '201': 'Required Data Element Missing',
  '202': 'Critical Message Extension Not Recognised',
  '203': 'Format of one or more Data Elements is Invalid according to the Specification',
  '301': 'Transaction ID Not Recognised',
  '303': 'Access Denied, Invalid Endpoint',
  '304': 'ISO Code Invalid',
  '305': 'Transaction Data Not Valid',
  '402': 'Transaction Timed Out',
  '403': 'Transient System Failure',
  '405': 'System Connection Failure',
} as const
export type ErrorCode = keyof typeof ERRORS

/** `detail`: the names of the members that are meant, separated by commas, or a sentence. */
export interface MessageProblem {
  code: ErrorCode
  detail: string
}

/** Members that must be there under a condition: of what the message itself says. */
const CONDITIONAL: Partial<
  Record<MessageType, ReadonlyArray<readonly [when: (body: Body) => boolean, names: string]>>
> = {
  AReq: [
    [
      ({ messageCategory }) => messageCategory === PAYMENT,
      `acquirerBIN acquirerMerchantID mcc merchantCountryCode merchantName purchaseAmount purchaseCurrency
       purchaseExponent purchaseDate`,
    ],
    [
      ({ browserJavascriptEnabled }) => browserJavascriptEnabled === true,
      'browserJavaEnabled browserColorDepth browserScreenHeight browserScreenWidth browserTZ',
    ],
    [
      ({ threeDSRequestorAuthenticationInd }) => threeDSRequestorAuthenticationInd === '02',
      'recurringExpiry recurringFrequency',
    ],
    [
      ({ threeDSRequestorAuthenticationInd }) => threeDSRequestorAuthenticationInd === '03',
      'purchaseInstalData recurringExpiry recurringFrequency',
    ],
  ],
  ARes: [
    [({ transStatus }) => transStatus === 'C', 'acsURL acsChallengeMandated authenticationType'],
    [({ transStatus }) => transStatus === 'D', 'acsDecConInd authenticationType'],
    [({ transStatus }) => transStatus === 'Y' || transStatus === 'A', 'authenticationValue eci'],
    [isRefusal, 'transStatusReason'],
  ],
  RReq: [
    [({ transStatus }) => transStatus === 'Y' || transStatus === 'A', 'authenticationValue eci'],
    [isRefusal, 'transStatusReason'],
  ],
}

type Body = Record<string, unknown>

/**
 * Reads a message of one type: a parsed JSON value, of any origin.
 * @param understood ids of message extensions that the reader knows; another one that calls itself critical is refused
 */
export function readMessage<Type extends MessageType>(
  type: Type,
  value: unknown,
  understood: readonly string[] = [],
): { message: MessageByType[Type] } | { problem: MessageProblem } {
  if (!isObject(value) || value['messageType'] !== type) {
    return problem('101', `This is no ${type}.`)
  }
  const version = value['messageVersion']
  if (version === undefined) return problem('201', 'messageVersion')
  if (!(MESSAGE_VERSIONS as readonly unknown[]).includes(version)) return problem('102', MESSAGE_VERSIONS.join(','))
  const required = (CONDITIONAL[type] ?? []).flatMap(([when, names]) => (when(value) ? names.trim().split(/\s+/) : []))
  const wrong = wrongMembers(MESSAGES[type], value)
  const missing = [...wrong.missing, ...required.filter((name) => value[name] === undefined)]
  if (missing.length > 0) return problem('201', [...new Set(missing)].join(','))
  if (wrong.malformed.length > 0) return problem('203', wrong.malformed.join(','))
  const unknown = (value['messageExtension'] as Array<{ id: string; criticalityIndicator: boolean }> | undefined)?.find(
    ({ id, criticalityIndicator }) => criticalityIndicator && !understood.includes(id),
  )
  return unknown ? problem('202', unknown.id) : { message: value as MessageByType[Type] }
}

/** What is missing in a value, and what is there but not as it must be: names of members, the inner ones with dots. */
export function wrongMembers(schema: TSchema, value: unknown): { missing: string[]; malformed: string[] } {
  const missing: string[] = []
  const malformed: string[] = []
  for (const { keyword, instancePath, params } of Value.Errors(schema, value)) {
    const path = instancePath.split('/').filter((part) => part !== '' && !/^\d+$/.test(part))
    if (keyword === 'required') {
      const { requiredProperties } = params
      missing.push(...requiredProperties.map((name) => [...path, name].join('.')))
    } else if (path.length > 0) {
      malformed.push(path.join('.'))
    }
  }
  return { missing: [...new Set(missing)], malformed: [...new Set(malformed)] }
}

/** The answer to a message with a problem. What of its identifiers can be read goes into it. */
export function erroFor(component: Erro['errorComponent'], problem: MessageProblem, received: unknown): Erro {
  const body = isObject(received) ? received : {}
  const { messageType, messageVersion } = body
  const known = (MESSAGE_VERSIONS as readonly unknown[]).includes(messageVersion)
  const identifiers = ['threeDSServerTransID', 'dsTransID', 'acsTransID'].filter((name) => {
    const value = body[name]
    return typeof value === 'string' && value !== '' && value.length <= 36
  })
  return {
    messageType: 'Erro',
    messageVersion: known ? (messageVersion as string) : MESSAGE_VERSIONS[0],
    errorCode: problem.code,
    errorComponent: component,
    errorDescription: ERRORS[problem.code],
    errorDetail: problem.detail.slice(0, 2048),
    ...(typeof messageType === 'string' && /^[A-Za-z]{4}$/.test(messageType) ? { errorMessageType: messageType } : {}),
    ...Object.fromEntries(identifiers.map((name) => [name, body[name] as string])),
  }
}

/** Switches and locale for the simulator, out of a message's extensions. */
export function simulatorWishes(
  message: { messageExtension?: ReadonlyArray<{ id: string; data: Body }> | undefined },
  extension: string,
): { switches?: string; locale?: string } {
  const data = message.messageExtension?.find(({ id }) => id === extension)?.data ?? {}
  const { switches, locale } = data
  return {
    ...(typeof switches === 'string' ? { switches } : {}),
    ...(typeof locale === 'string' ? { locale } : {}),
  }
}

function isRefusal({ transStatus }: Body): boolean {
  return transStatus === 'N' || transStatus === 'U' || transStatus === 'R'
}

function problem(code: ErrorCode, detail: string): { problem: MessageProblem } {
  return { problem: { code, detail } }
}
