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
import { findRange, type KnownRanges, rangesOf } from './card-ranges.ts'
import { methodData, readARes, resultOfRReq, SERVER_REFERENCE, toAReq, toRRes } from './wire.ts'

/** The specification asks for it once a day at least. */
const RANGES_LIFE_MS = 3_600_000
const MOST_RANGE_BYTES = 8 * 1024 * 1024
/** What the acquirer is called at a directory server that knows none. */
const DEFAULT_ACQUIRER = { bin: '400551', merchantId: 'SLUICE-SANDBOX' }

export interface DirectoryServer {
  /** Where messages go. */
  url: string
  exchange: Exchange
  settings: ChannelProcessorSettings
  /** Shared by all who ask this directory server: what it said of card ranges. */
  ranges: Map<string, KnownRanges>
  /** Real time, milliseconds since 1970. */
  now: () => number
  newTransId: () => string
}

export function directoryServer(ds: DirectoryServer): Authenticator {
  function send(body: unknown, at: string, signal: AbortSignal, card?: CardRef, maxAnswerBytes?: number) {
    const message: Message = {
      method: 'POST',
      url: ds.url,
      headers: {
        'content-type': 'application/json;charset=UTF-8',
        'sluice-time': at,
        ...scenarioHeader(ds.settings),
      },
      body,
      ...(maxAnswerBytes !== undefined && { maxAnswerBytes }),
    }
    return ds.exchange(message, card, signal)
  }

  async function ranges(at: string, signal: AbortSignal): Promise<KnownRanges['ranges']> {
    const known = ds.ranges.get(ds.url)
    if (known && ds.now() - known.heardOn < RANGES_LIFE_MS) return known.ranges
    const preq = {
      messageType: 'PReq',
      messageVersion: MESSAGE_VERSIONS.at(-1),
      threeDSServerTransID: ds.newTransId(),
      threeDSServerRefNumber: SERVER_REFERENCE,
    }
    const reply = await send(preq, at, signal, undefined, MOST_RANGE_BYTES)
    const read = readMessage('PRes', reply.body)
    if ('problem' in read) {
      // What was heard an hour ago is better than nothing.
      if (known) return known.ranges
      throw new Error(`no card ranges: ${read.problem.code} ${read.problem.detail}`)
    }
    const heard = { ranges: rangesOf(read.message), heardOn: ds.now() }
    ds.ranges.set(ds.url, heard)
    return heard.ranges
  }

  const find = async (bin: string, at: string, signal: AbortSignal) => findRange(await ranges(at, signal), bin)

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
      if (!range) return { kind: 'not_enrolled', version: MESSAGE_VERSIONS[0] }
      const { version, methodUrl } = range
      // No method page, nothing to have been done.
      const methodCompletion = methodUrl === undefined ? 'U' : request.methodCompletion === 'Y' ? 'Y' : 'N'
      const areq = toAReq({ ...request, methodCompletion }, version, acquirerOf(ds.settings))
      const reply = await send(areq, request.at, signal, request.card)
      const read = readMessage('ARes', reply.body, [SIMULATOR_EXTENSION])
      if ('problem' in read) return { kind: 'unavailable', why: describeErro(reply.body) ?? read.problem.detail }
      const { message } = read
      if (message.threeDSServerTransID.toLowerCase() !== request.transId) {
        return { kind: 'unavailable', why: 'an ARes of another transaction' }
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
      return await ranges(at, signal).then(
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
