/** The built-in simulator as a processor: answers over HTTP like a real one, and can play all four classes. */
import { PAYMENT_METHODS } from '@sluice/core/payment-methods'
import type { Exchange, Message, Reply } from '../exchange.ts'
import {
  type Call,
  type ChannelProcessorSettings,
  type Followup,
  type Inquiry,
  type Manifest,
  type Processor,
  type ProcessorClass,
  ProcessorError,
} from '../processor.ts'
import {
  fromSimulator,
  fromSimulatorFollowup,
  fromSimulatorInquiry,
  fromSimulatorNotification,
  fromSimulatorState,
  toSimulator,
  toSimulatorFollowup,
} from './wire.ts'

const DAY_S = 86_400
/** Largest amount in minor units. */
const MAX_AMOUNT = 999_999_999
/** After this long, a bank that has not heard of a key will not hear of it any more. */
const NOT_FOUND_FINAL_AFTER_S: Record<ProcessorClass, number> = { A: 30, B: 900, C: 900, D: 900 }

/** Cards, and whatever is paid on a page of the bank or in an app. */
const METHODS: readonly string[] = PAYMENT_METHODS.filter(
  ({ name, kind }) => name === 'card' || name === 'stored_card' || kind === 'redirect' || kind === 'app',
).map(({ name }) => name)

/**
 * @param url the simulator's origin, without a trailing slash
 */
export function simulator({ url, exchange }: { url: string; exchange: Exchange }): Processor {
  const payments = `${url}/acquirer/payments`

  function post(request: Call, path: string, body: unknown, signal: AbortSignal, card?: Parameters<Exchange>[1]) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': request.key, 'sluice-time': request.at }
    const message: Message = { method: 'POST', url: payments + path, headers, body }
    return exchange(message, card, signal)
  }

  function followUp(request: Followup, path: string, signal: AbortSignal): Promise<Reply> {
    const body = toSimulatorFollowup(request, classOf(request.settings))
    return post(request, `/${encodeURIComponent(request.of)}/${path}`, body, signal)
  }

  /** Messages about the payment itself, under its own key. */
  function ask(request: Inquiry, path: string, signal: AbortSignal): Promise<Reply> {
    const body = { merchant: request.entity, class: classOf(request.settings), reference: request.reference }
    return post(request, `/${encodeURIComponent(request.key)}/${path}`, body, signal)
  }

  return {
    name: 'simulator',
    manifest: manifestOf,

    async authorize(request, signal) {
      const captureNow = request.captureNow && manifestOf(request.settings).capture === 'same_call'
      const body = toSimulator(request, classOf(request.settings), captureNow)
      return fromSimulator(await post(request, '', body, signal, request.card))
    },

    async complete(request, signal) {
      return fromSimulatorState(await ask(request, 'complete', signal))
    },

    async cancel(request, signal) {
      return fromSimulatorState(await ask(request, 'cancel', signal))
    },

    async retrieve(request, signal) {
      const processorClass = classOf(request.settings)
      if (processorClass === 'C' || processorClass === 'D') throw notOffered('retrieve', processorClass)
      const query = new URLSearchParams({ merchant: request.entity, class: processorClass })
      const message: Message = {
        method: 'GET',
        url: `${payments}/${encodeURIComponent(request.key)}?${query}`,
        headers: { 'sluice-time': request.at },
      }
      return fromSimulatorInquiry(await exchange(message, undefined, signal))
    },

    async capture(request, signal) {
      return fromSimulatorFollowup(await followUp(request, 'captures', signal))
    },

    async void(request, signal) {
      return fromSimulatorFollowup(await followUp(request, 'voids', signal))
    },

    async refund(request, signal) {
      return fromSimulatorFollowup(await followUp(request, 'refunds', signal))
    },

    async increment(request, signal) {
      if (!manifestOf(request.settings).increment) throw notOffered('increment', classOf(request.settings))
      return fromSimulatorFollowup(await followUp(request, 'increments', signal))
    },

    async reverse(request, signal) {
      const processorClass = classOf(request.settings)
      if (processorClass === 'D') throw notOffered('reverse', processorClass)
      return fromSimulatorFollowup(await followUp(request, 'reversals', signal))
    },

    parseWebhook: ({ body }) => fromSimulatorNotification(body),

    async health(signal) {
      const reply = await exchange({ method: 'GET', url: `${url}/health`, headers: {} }, undefined, signal).catch(
        () => undefined,
      )
      return reply?.status === 200
    },
  }
}

/** The class a channel wants played; A unless it says otherwise. */
function classOf(settings: ChannelProcessorSettings): ProcessorClass {
  return settings.class ?? 'A'
}

function manifestOf(settings: ChannelProcessorSettings): Manifest {
  const processorClass = classOf(settings)
  return {
    class: processorClass,
    methods: METHODS,
    currencies: 'all',
    maxAmount: MAX_AMOUNT,
    roundsThreeDecimals: true,
    countries: 'all',
    idempotencyWindowS: DAY_S,
    notFoundFinalAfterS: NOT_FOUND_FINAL_AFTER_S[processorClass],
    authentication: 'integrated',
    card: 'pan',
    cvvAfterAuthentication: false,
    wallets: 'none',
    capture: settings['capture'] === 'same_call' ? 'same_call' : 'separate',
    multiCapture: settings['multi_capture'] !== false,
    partialVoid: settings['partial_void'] !== false,
    increment: settings['increment'] !== false,
    refundWindowDays: 180,
    authLifetimeDays: 7,
    authorizationEnds: settings['authorization_ends'] === 'by_itself' ? 'by_itself' : 'when_voided',
    zeroAmount: true,
    partialAuthorization: true,
    asyncRefund: true,
  }
}

/** Asked for something its manifest denies: nothing is sent. */
function notOffered(what: string, processorClass: ProcessorClass): ProcessorError {
  return new ProcessorError(`a processor of class ${processorClass} offers no ${what}`, 'no')
}
