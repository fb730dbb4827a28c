/** Asking a processor or an authenticator: one message, recorded and masked, with the certainty of whether it left the house. */
import type { Authenticator } from '../authenticators/authenticator.ts'
import { authenticatorFor } from '../authenticators/index.ts'
import type { Context, SeamName } from '../context.ts'
import type { Exchange } from '../processors/exchange.ts'
import { connectorFor } from '../processors/index.ts'
import { type ChannelProcessorSettings, type Processor, ProcessorError } from '../processors/processor.ts'
import type { AnsweredCall } from '../store/settlements.ts'
import { maskMessage, maskReply } from '../vault/send.ts'

/** Nothing a processor does may keep a shopper waiting longer: submit answers within twelve seconds. */
export const PROCESSOR_DEADLINE_MS = 10_000

/** What came of asking. `not_sent` is certainty; a silence is `unknown`. `call` is what `processor_calls` keeps. */
export interface Asked<Outcome> {
  outcome: Outcome | { kind: 'not_sent'; why: string } | { kind: 'unknown'; why: string }
  call: AnsweredCall
}

/**
 * @param callId the row of `processor_calls` that was committed before
 * @param subject wire id of the payment, for the seams
 */
export async function ask<Outcome extends { kind: string }>(
  ctx: Context,
  settings: ChannelProcessorSettings,
  callId: string,
  subject: string,
  question: (processor: Processor) => Promise<Outcome>,
): Promise<Asked<Outcome>> {
  return await watch(ctx, callId, subject, ['processor.sent', 'processor.answered'], (exchange) =>
    question(connectorFor(settings, { exchange, config: ctx.config, vault: ctx.vault })),
  )
}

/** As `ask`, of whoever authenticates the shopper outside the processor. */
export async function askAuthenticator<Outcome extends { kind: string }>(
  ctx: Context,
  settings: ChannelProcessorSettings,
  callId: string,
  subject: string,
  question: (authenticator: Authenticator) => Promise<Outcome>,
): Promise<Asked<Outcome>> {
  const { config, cardRanges, now } = ctx
  return await watch(ctx, callId, subject, ['authentication.sent', 'authentication.answered'], (exchange) =>
    question(authenticatorFor(settings, { exchange, config, cardRanges, now })),
  )
}

/** For a question whose exchange nobody records: it moves nothing, and holds no card. */
export function theAuthenticator(
  { exchange, config, cardRanges, now }: Context,
  settings: ChannelProcessorSettings,
): Authenticator {
  return authenticatorFor(settings, { exchange, config, cardRanges, now })
}

async function watch<Outcome extends { kind: string }>(
  ctx: Context,
  callId: string,
  subject: string,
  [sentSeam, answeredSeam]: readonly [SeamName, SeamName],
  question: (exchange: Exchange) => Promise<Outcome>,
): Promise<Asked<Outcome>> {
  const recorded: { request?: unknown; reply?: unknown } = {}
  const watched: Exchange = async (message, card, signal) => {
    recorded.request = maskMessage(message)
    const underWay = ctx.exchange(message, card, signal)
    // Nobody may be told of a failure before we ask for it below.
    underWay.catch(() => undefined)
    await ctx.seam(sentSeam, subject)
    const reply = storable(await underWay)
    recorded.reply = maskReply(reply)
    await ctx.seam(answeredSeam, subject)
    return reply
  }

  try {
    const outcome = await question(watched)
    return { outcome, call: { id: callId, sent: 'yes', outcome: outcome.kind, exchange: recorded } }
  } catch (cause) {
    const sent = sentOf(cause, recorded.request !== undefined)
    ctx.log.warn({ payment: subject, sent, err: cause }, 'no answer came')
    const kind = sent === 'no' ? 'not_sent' : 'unknown'
    const why = cause instanceof Error ? cause.message : 'unknown'
    return { outcome: { kind, why }, call: { id: callId, sent, outcome: kind, exchange: recorded } }
  }
}

/** A connector that fails over an answer has asked all the same: what it does not understand is no refusal. */
function sentOf(cause: unknown, asked: boolean): 'no' | 'maybe' | 'yes' {
  if (cause instanceof ProcessorError) return cause.sent
  return asked ? 'maybe' : 'no'
}

/** What a bank writes may hold characters that no database takes: they are replaced, so that an approval is never lost. */
function storable<Value>(value: Value): Value {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd') as Value
  if (Array.isArray(value)) return value.map(storable) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [storable(name), storable(member)])) as Value
}
