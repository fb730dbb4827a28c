/**
 * Plays scenarios on the bank's doors. A message about a payment that has one brings it in a header; the bank's own work
 * is done as ever, and what is put around it here is what the scenario says: delays, losses, notifications.
 */
import { type AttachedScenario, isScenario, SCENARIO_HEADER, type ScenarioStep } from '@sluice/core/scenario'
import { SIMULATOR_EXTENSION } from '@sluice/core/three-ds/messages'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Simulator } from '../app.ts'
import { lateApproval, theOne } from '../bank.ts'
import type { Payment } from '../books.ts'
import { copiesOf, tellMerchant } from '../control.ts'
import { timeNamedBy } from '../merchant-time.ts'
import { returnDebits } from '../methods/returns.ts'
import { downPage } from '../pages/shopper.ts'
import { threeDsSwitch } from '../three-ds/switches.ts'
import { type StartTimer, startTimer } from '../timer.ts'
import { Caller } from '../wire.ts'
import { type Directions, directionsFor, type Notice, wordsFor } from './engine.ts'
import { openNotices } from './notices.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where no scenario has anything to do with the message. */
    directed: Directed | null
  }
}

interface Directed {
  directions: Directions
  step: ScenarioStep
  nth: number
  merchant: string
  /** Of the payment. */
  key: string
  /** What the bank answered, when it did. */
  answer?: Record<string, unknown> | undefined
}

/** A silent bank keeps the line open for longer than any merchant waits, then hangs up. */
const SILENCE_MS = 45_000
const SEED_CHARACTERS = 200

/** By the last part of the address. */
const STEPS: Readonly<Record<string, ScenarioStep>> = {
  payments: 'authorize',
  ':key': 'retrieve',
  complete: 'complete',
  confirm: 'confirm',
  cancel: 'cancel',
  captures: 'capture',
  voids: 'void',
  refunds: 'refund',
  increments: 'increment',
  reversals: 'reverse',
}

/**
 * Tells the merchant of what was chosen on the page of a payment: as its switch says, else its scenario, else so often.
 * Resolves when he has answered; at once where he is told later.
 */
export type TellOfPage = (payment: Payment, otherwise: number) => Promise<void>

export function scenarioHooks(app: FastifyInstance, bank: Simulator): TellOfPage {
  const notices = openNotices(bank)
  app.decorateRequest('directed', null)
  app.addHook('onClose', async () => notices.close())

  app.addHook('preHandler', async (request, reply): Promise<unknown> => {
    const page = await pageOf(bank, request)
    if (page === 'down' && wantsPage(request)) {
      return await reply.code(503).type('text/html; charset=utf-8').send(downPage())
    }
    if (page !== undefined) return await lose(bank, reply, page === 'hangs' ? 'silence' : 'http_503')
    const header = request.headers[SCENARIO_HEADER]
    if (typeof header === 'string' && request.routeOptions.url === '/3ds/ds') return directIssuer(request, header)
    const step = stepOf(request)
    if (!step || typeof header !== 'string') return undefined
    const scenario = readScenario(header)
    const merchant = merchantOf(request)
    const key = keyOf(request)
    if (!scenario) return reply.code(422).send({ error: 'scenario_invalid', message: 'The scenario cannot be read.' })
    if (merchant === undefined || key === undefined) return undefined
    return await play(bank, request, reply, { scenario, step, merchant, key })
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const { directed } = request
    if (!directed) return payload
    if (reply.statusCode === 200) directed.answer = objectOf(payload)
    await pause(reply, directed.directions.delayMs)
    const { notify, fail } = directed.directions
    if (notify?.before) await tell(bank, directed, notify)
    return fail && reply.statusCode === 200 ? await spoil(bank, reply, fail.how, payload) : payload
  })

  app.addHook('onResponse', async ({ directed }) => {
    const notify = directed?.directions.notify
    if (directed && notify && !notify.before) await tell(bank, directed, notify)
  })

  app.post('/control/notices', { schema: { body: Caller } }, async (request) => {
    const { merchant } = request.body as Caller
    const told = await notices.flush(merchant)
    const returned = await returnDebits(bank, merchant, timeOf(request))
    return { ...returned, told: told + returned.told }
  })

  return async (payment, otherwise) => {
    const notice = copiesOf(payment) === undefined ? noticeOfPage(payment) : undefined
    if (!notice) return void (await tellMerchant(bank, payment, NEWS, {}, copiesOf(payment) ?? otherwise))
    await notices.tell(payment.merchant, async () => ({ payment, type: NEWS, body: {}, event: 'page' }), notice)
  }

  function tell({ books }: Simulator, directed: Directed, notice: Notice): Promise<void> {
    const { answer, merchant, key, step, nth } = directed
    const find = async () => {
      const payment = answer && theOne(await books.find(merchant, key))
      return payment && { payment, ...newsOf(step, answer), event: `${step} ${nth}` }
    }
    return notices.tell(merchant, find, notice)
  }
}

async function play(
  bank: Simulator,
  request: FastifyRequest,
  reply: FastifyReply,
  { scenario, step, merchant, key }: { scenario: AttachedScenario; step: ScenarioStep; merchant: string; key: string },
): Promise<FastifyReply | undefined> {
  const { books } = bank
  const nth = await books.countMessage(merchant, key, step)
  const at = timeOf(request)
  const directions = directionsFor(scenario, { step, nth, at })
  if (directions.fail && !directions.fail.booked) {
    await pause(reply, directions.delayMs)
    return await lose(bank, reply, directions.fail.how)
  }
  request.directed = { directions, step, nth, merchant, key }
  if (step === 'authorize') direct(request.body as Record<string, unknown>, scenario, at)
  if (step === 'cancel' && directions.lateApproval) {
    const stopped = await lateApproval(books, merchant, key, at)
    if (stopped) {
      const { payment, answer } = stopped
      // That it was paid after all is told whatever else the scenario says of notifications.
      request.directed.directions = { ...directions, notify: directions.notify ?? TOLD_AFTERWARDS }
      return reply.send({ key, reference: payment.reference, ...answer })
    }
  }
  return undefined
}

/** The merchant may ask what the payment is. */
const NEWS = 'payment_news'
const TOLD_AFTERWARDS: Notice = { copies: 1, before: false, lateMs: 0, reversed: false }

/** The scenario goes into the books with the payment, its decisions as words; words of the merchant's own come after and win. */
function direct(body: Record<string, unknown>, scenario: AttachedScenario, at: Date) {
  const metadata = (body['metadata'] ?? {}) as Record<string, unknown>
  const own = metadata['sluice_simulator']
  body['scenario'] = scenario
  if (own !== undefined && typeof own !== 'string') return
  const words = [...wordsFor(scenario, at), ...(own === undefined ? [] : [own])]
  if (words.length > 0) body['metadata'] = { ...metadata, sluice_simulator: words.join(' ') }
}

/** What a scenario makes of the page that a shopper asks for. His browser brings no header: it stands in the books. */
async function pageOf(bank: Simulator, request: FastifyRequest): Promise<string | undefined> {
  const { url } = request.routeOptions
  if (request.method !== 'GET' || request.validationError) return undefined
  if (url === '/pay/:token') {
    const payment = await bank.books.findByPage(tokenOf(request))
    const scenario = payment?.request['scenario'] as AttachedScenario | undefined
    // The bank has no clock: it is the time of the payment that counts.
    return payment && scenario && pageUnder(scenario, new Date(payment.requested_on))
  }
  if (url !== '/3ds/acs/challenge/:token') return undefined
  const authentication = await bank.authentications.byPage(tokenOf(request))
  return authentication && threeDsSwitch(authentication.switches, 'page')
}

function wantsPage({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true
}

function noticeOfPage({ request, requested_on }: Payment): Notice | undefined {
  const scenario = request['scenario'] as AttachedScenario | undefined
  return scenario && directionsFor(scenario, { step: 'page', nth: 1, at: new Date(requested_on) }).notify
}

function pageUnder(scenario: AttachedScenario, at: Date): Directions['page'] {
  return directionsFor(scenario, { step: 'page', nth: 1, at }).page
}

function tokenOf({ params }: FastifyRequest): string {
  return (params as { token: string }).token
}

/** For an authentication it is a word among the others that its messages carry. */
function directIssuer(request: FastifyRequest, header: string) {
  const scenario = readScenario(header)
  const page = scenario && pageUnder(scenario, timeOf(request))
  const { messageExtension } = (request.body ?? {}) as {
    messageExtension?: { id?: string; data?: { switches?: string } }[]
  }
  const extension = Array.isArray(messageExtension)
    ? messageExtension.find(({ id }) => id === SIMULATOR_EXTENSION)
    : undefined
  if (page === undefined || !extension?.data) return
  extension.data.switches = `page:${page} ${extension.data.switches ?? ''}`
}

/** Nothing is booked. */
async function lose(bank: Simulator, reply: FastifyReply, how: string): Promise<FastifyReply> {
  if (how === 'http_500' || how === 'http_503') return reply.code(Number(how.slice(5))).send(FAILURE)
  if (how === 'silence') await silence(bank, reply)
  reply.hijack()
  reply.raw.destroy()
  return reply
}

const FAILURE = { error: 'scenario', message: 'A scenario asked for this failure.' }

/** It is booked, and its answer goes astray. */
async function spoil(bank: Simulator, reply: FastifyReply, how: string, payload: unknown): Promise<unknown> {
  switch (how) {
    case 'http_500':
    case 'http_503':
      reply.code(Number(how.slice(5)))
      return JSON.stringify(FAILURE)
    case 'garbled':
      return '{"outcome":"appr'
    case 'unknown_code':
      return JSON.stringify({ ...objectOf(payload), outcome: 'declined', code: '99999', summary: 'Not in any list' })
    default:
      if (how === 'silence') await silence(bank, reply)
      reply.raw.destroy()
      return payload
  }
}

/** The other side waits, and hears nothing. */
function silence({ startTimer }: Simulator, reply: FastifyReply): Promise<void> {
  return wait(reply, SILENCE_MS, startTimer)
}

/** An answer takes its time. */
function pause(reply: FastifyReply, ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : wait(reply, ms, startTimer)
}

/** Waits, but no longer than the other side listens. */
function wait(reply: FastifyReply, ms: number, start: StartTimer): Promise<void> {
  return new Promise((resolve) => {
    const callOff = start(ms, resolve)
    reply.raw.once('close', () => {
      callOff()
      resolve()
    })
  })
}

/** What is told of a capture, void, refund or increment is its result; of anything else, that there is news. */
function newsOf(step: ScenarioStep, answer: Record<string, unknown>): { type: string; body: Record<string, unknown> } {
  const isResult = ['capture', 'void', 'refund', 'increment'].includes(step) && answer['outcome'] !== 'pending'
  if (!isResult) return { type: NEWS, body: {} }
  const { outcome, code, summary, amount, processing, key } = answer
  return { type: 'action_settled', body: { outcome, code, summary, amount, processing, action: key } }
}

function readScenario(header: string): AttachedScenario | undefined {
  const scenario = objectOf(Buffer.from(header, 'base64url').toString('utf8'))
  const { name, rules, seed, payment, since } = scenario ?? {}
  const sound =
    isScenario({ name, rules }) &&
    typeof seed === 'string' &&
    seed.length <= SEED_CHARACTERS &&
    Number.isSafeInteger(payment) &&
    typeof since === 'string' &&
    !Number.isNaN(Date.parse(since))
  return sound ? (scenario as unknown as AttachedScenario) : undefined
}

function stepOf({ routeOptions }: FastifyRequest): ScenarioStep | undefined {
  const url = routeOptions.url ?? ''
  return url.startsWith('/acquirer/payments') ? STEPS[url.slice(url.lastIndexOf('/') + 1)] : undefined
}

function merchantOf({ body, query }: FastifyRequest): string | undefined {
  const merchant = ((body ?? query) as { merchant?: unknown } | undefined)?.merchant
  return typeof merchant === 'string' ? merchant : undefined
}

/** Of the payment: in the address, or for an authorization in the message. */
function keyOf({ params, body, headers }: FastifyRequest): string | undefined {
  const key = (params as { key?: unknown }).key ?? (body as { key?: unknown } | null)?.key ?? headers['idempotency-key']
  return typeof key === 'string' ? key : undefined
}

/** A message without the merchant's time is refused by whoever handles it. */
function timeOf(request: FastifyRequest): Date {
  return timeNamedBy(request) ?? new Date(0)
}

function objectOf(text: unknown): Record<string, unknown> | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
