/** The built-in simulator as a processor: answers over HTTP like a real one, and can play all four classes. */
import { PAYMENT_METHODS, type PaymentMethod } from '@sluice/core/payment-methods'
import { scenarioHeader } from '@sluice/core/scenario'
import type { Vault } from '../../vault/vault.ts'
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
import { speakingFor } from './bank-key.ts'
import {
  fromSimulator,
  fromSimulatorFidelity,
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
const MOST_BEHAVIOUR_BYTES = 1024 * 1024
/** After this long, a bank that has not heard of a key will not hear of it any more. */
const NOT_FOUND_FINAL_AFTER_S: Record<ProcessorClass, number> = { A: 30, B: 900, C: 900, D: 900 }

/** What its methods have behind them: a page, an app, a code, a reference to pay, a bank. */
const KINDS: readonly PaymentMethod['kind'][] = ['redirect', 'app', 'otp', 'qr', 'voucher', 'debit', 'sdk']

/** As the simulator's Google knows it. */
const GOOGLE_GATEWAY = 'sluice'

/** Cards, the wallets they lie in, and whatever is of a kind that is played. */
const METHODS: readonly string[] = PAYMENT_METHODS.filter(
  ({ name, kind, wallet }: PaymentMethod) =>
    ['card', 'stored_card', 'applepay', 'googlepay'].includes(name) || (KINDS.includes(kind) && !wallet),
).map(({ name }) => name)

/**
 * @param url the simulator's origin, without a trailing slash
 */
export function simulator({
  url,
  exchange,
  vault,
}: {
  url: string
  exchange: Exchange
  vault: Pick<Vault, 'mac'>
}): Processor {
  const payments = `${url}/acquirer/payments`

  function post(request: Call, path: string, body: unknown, signal: AbortSignal, card?: Parameters<Exchange>[1]) {
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': request.key,
      'sluice-time': request.at,
      ...speakingFor(vault, request.entity),
      ...scenarioHeader(request.settings),
    }
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
      return fromSimulator(await post(request, '', body, signal, request.card ?? request.wallet))
    },

    async complete(request, signal) {
      return fromSimulatorState(await ask(request, 'complete', signal))
    },

    async cancel(request, signal) {
      return fromSimulatorState(await ask(request, 'cancel', signal))
    },

    async confirm(request, signal) {
      const path = `/${encodeURIComponent(request.key)}/confirm`
      const body = { merchant: request.entity, class: classOf(request.settings), otp: request.code }
      return fromSimulatorState(await post(request, path, body, signal))
    },

    async retrieve(request, signal) {
      const processorClass = classOf(request.settings)
      if (processorClass === 'C' || processorClass === 'D') throw notOffered('retrieve', processorClass)
      const query = new URLSearchParams({ merchant: request.entity, class: processorClass })
      const message: Message = {
        method: 'GET',
        url: `${payments}/${encodeURIComponent(request.key)}?${query}`,
        headers: {
          'sluice-time': request.at,
          ...speakingFor(vault, request.entity),
          ...scenarioHeader(request.settings),
        },
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

    async behaviours(signal) {
      const message: Message = {
        method: 'GET',
        url: `${url}/fidelity`,
        headers: {},
        maxAnswerBytes: MOST_BEHAVIOUR_BYTES,
      }
      const reply = await exchange(message, undefined, signal)
      const told = fromSimulatorFidelity(reply)
      if (!told) throw new ProcessorError(`no table of behaviours, status ${reply.status}`, 'yes')
      return told
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
    authentication: authenticationOf(settings),
    card: 'pan',
    cvvAfterAuthentication: false,
    wallets: walletsOf(settings),
    googleGateway: { name: GOOGLE_GATEWAY },
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

/** Who authenticates the shopper: the bank itself, as long as the channel does not say otherwise. */
function authenticationOf({ authentication }: ChannelProcessorSettings): Manifest['authentication'] {
  return authentication === 'external' || authentication === 'none' ? authentication : 'integrated'
}

/** A channel takes none before its settings say how, as with a real acquirer. */
function walletsOf({ wallets }: ChannelProcessorSettings): Manifest['wallets'] {
  return wallets === 'passthrough' || wallets === 'decrypted' ? wallets : 'none'
}

/** Asked for something its manifest denies: nothing is sent. */
function notOffered(what: string, processorClass: ProcessorClass): ProcessorError {
  return new ProcessorError(`a processor of class ${processorClass} offers no ${what}`, 'no')
}
