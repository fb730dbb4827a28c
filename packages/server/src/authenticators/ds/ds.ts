/**
 * A directory server of a card scheme, spoken to in EMV 3-D Secure. This is the 3DS Server's role and not an approved 3DS
 * Server: schemes only talk to those. The simulator's directory server talks to anybody.
 */
import { scenarioHeader } from '@sluice/core/scenario'
import { erroFor, readMessage } from '@sluice/core/three-ds/check'
import { MESSAGE_VERSIONS, SIMULATOR_EXTENSION } from '@sluice/core/three-ds/messages'
import type { Exchange, Message } from '../../processors/exchange.ts'
import type { ChannelProcessorSettings } from '../../processors/processor.ts'
import type { CardRef } from '../../vault/card-ref.ts'
import type { Authenticator } from '../authenticator.ts'
import type { KnownRanges } from './known-ranges.ts'
import { methodData, readARes, resultOfRReq, toAReq, toRRes } from './wire.ts'

/** What the acquirer is called at a directory server that knows none. */
const DEFAULT_ACQUIRER = { bin: '400551', merchantId: 'SLUICE-SANDBOX' }

export interface DirectoryServer {
  /** Where messages go; `undefined`: nowhere, and results that come all the same are read. */
  url: string | undefined
  exchange: Exchange
  settings: ChannelProcessorSettings
  /** What directory servers said of card ranges. */
  ranges: KnownRanges
  /** Real time, milliseconds since 1970. */
  now: () => number
}

export function directoryServer(ds: DirectoryServer): Authenticator {
  function address(): string {
    if (ds.url === undefined) throw new Error('no directory server is set up: SLUICE_DIRECTORY_SERVER_URL')
    return ds.url
  }

  function send(body: unknown, at: string, signal: AbortSignal, card: CardRef) {
    const message: Message = {
      method: 'POST',
      url: address(),
      headers: {
        'content-type': 'application/json;charset=UTF-8',
        'sluice-time': at,
        ...scenarioHeader(ds.settings),
      },
      body,
    }
    return ds.exchange(message, card, signal)
  }

  const find = async (bin: string, at: string, signal: AbortSignal) => ds.ranges.find(address(), bin, at, signal)

  return {
    name: 'ds',

    async prepare(request, signal) {
      const range = await find(request.bin, request.at, signal)
      if (!range) return { enrolled: false, version: MESSAGE_VERSIONS[0] }
      const { version, methodUrl: url } = range
      return {
        enrolled: true,
        version,
        ...(url !== undefined && { method: { url, data: methodData(request, version) } }),
      }
    },

    async authenticate(request, signal) {
      const range = await find(request.card.bin, request.at, signal)
      if (!range) return { kind: 'not_enrolled' }
      const { version, methodUrl } = range
      // No method page, nothing to have been done.
      const methodCompletion = methodUrl === undefined ? 'U' : request.methodCompletion === 'Y' ? 'Y' : 'N'
      const areq = toAReq({ ...request, methodCompletion }, version, acquirerOf(ds.settings))
      const reply = await send(areq, request.at, signal, request.card)
      const read = readMessage('ARes', reply.body, [SIMULATOR_EXTENSION])
      if ('problem' in read) {
        return { kind: 'unavailable', why: describeErro(reply.body) ?? read.problem.detail, version }
      }
      const { message } = read
      if (message.threeDSServerTransID.toLowerCase() !== request.transId) {
        return { kind: 'unavailable', why: 'an ARes of another transaction', version }
      }
      const outcome = readARes(message, request.browser['screen_width'])
      if (outcome === 'not_enrolled') return { kind: 'not_enrolled', version }
      if ('challenge' in outcome) return { kind: 'challenge', answer: outcome.challenge }
      return { kind: 'decided', result: outcome }
    },

    // A directory server tells results and cannot be asked for them.
    result: async () => undefined,

    parseResult(message, expected) {
      const read = readMessage('RReq', message, [SIMULATOR_EXTENSION])
      if ('problem' in read) {
        return { transId: expected.transId, result: undefined, reply: erroFor('S', read.problem, message) }
      }
      const rreq = read.message
      const same =
        rreq.threeDSServerTransID.toLowerCase() === expected.transId &&
        isSame(rreq.acsTransID, expected.acsTransId) &&
        isSame(rreq.dsTransID, expected.dsTransId)
      if (!same) {
        const problem = { code: '301' as const, detail: 'threeDSServerTransID,acsTransID,dsTransID' }
        return { transId: expected.transId, result: undefined, reply: erroFor('S', problem, message) }
      }
      return { transId: expected.transId, result: resultOfRReq(rreq), reply: toRRes(rreq) }
    },

    async health(signal) {
      const at = new Date(ds.now()).toISOString()
      return await find('000000', at, signal).then(
        () => true,
        () => false,
      )
    },
  }
}

function isSame(told: string, known: string | undefined): boolean {
  return known === undefined || told.toLowerCase() === known.toLowerCase()
}

function acquirerOf(settings: ChannelProcessorSettings) {
  const { acquirer_bin: bin, acquirer_merchant_id: merchantId } = settings
  return {
    bin: typeof bin === 'string' ? bin : DEFAULT_ACQUIRER.bin,
    merchantId: typeof merchantId === 'string' ? merchantId : DEFAULT_ACQUIRER.merchantId,
  }
}

function describeErro(body: unknown): string | undefined {
  const { messageType, errorCode, errorDetail } = (body ?? {}) as Record<string, unknown>
  return messageType === 'Erro' ? `Erro ${String(errorCode)}: ${String(errorDetail)}` : undefined
}
