/** The bank's doors: an API for merchants' processors, a page for their shoppers, and its books to look at. */
import { createHmac } from 'node:crypto'
import { isServedHost } from '@sluice/core/hosts'
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify'
import type { Logger } from 'pino'
import { accountHooks, type Accounts } from './accounts.ts'
import { authorize, cancel, choose, type FollowupKind, followUp, look, lookAtPage, type ShopperChoice } from './bank.ts'
import type { Books, Payment } from './books.ts'
import { brandOf } from './issuer/brands.ts'
import { fidelityTable } from './fidelity.ts'
import { decide } from './issuer/decide.ts'
import { type VelocityRule, watchesOf } from './issuer/velocity.ts'
import { frontPage } from './pages/front.ts'
import { gonePage, returnUrlOf, shopperPage } from './pages/shopper.ts'
import { statementPage } from './pages/statement.ts'
import { STYLES } from './pages/styles.ts'
import { isStatementToken } from './pages/statement-address.ts'
import { controlRoutes } from './control.ts'
import { timeAtMerchant, timeNamedBy } from './merchant-time.ts'
import { isPaidOutside, tillToken, withPage } from './methods/addresses.ts'
import { keptDetails } from './methods/kept-details.ts'
import { watchReturns } from './methods/returns.ts'
import { tillRoutes } from './methods/routes.ts'
import { confirm } from './methods/till.ts'
import { isRightPassword } from './three-ds/challenge.ts'
import { proofOf } from './three-ds/proof.ts'
import { threeDsRoutes } from './three-ds/routes.ts'
import type { Authentications } from './three-ds/store.ts'
import { scenarioHooks, type TellOfPage } from './scenarios/hooks.ts'
import type { StartTimer } from './timer.ts'
import { withCardOfWallet } from './wallets/gateway.ts'
import { walletKeys } from './wallets/keys.ts'
import { walletRoutes } from './wallets/routes.ts'
import { parseSwitches, type Switches } from '@sluice/core/switches'
import { delayOf, type Fault, faultOf, type Step } from './switches.ts'
import {
  type Answer,
  Caller,
  ConfirmRequest,
  FollowupRequest,
  LedgerQuery,
  PaymentPath,
  PaymentRequest,
  type ProcessorClass,
} from './wire.ts'

export interface Simulator {
  books: Books
  accounts: Accounts
  authentications: Authentications
  /** 32 bytes that only this bank knows. */
  secret: Buffer
  /** The origin under which shoppers reach the bank, without a trailing slash. */
  url: () => string
  hosts: readonly string[]
  /** Origins of Sluice, where 3-D Secure may send results and forms; none: every loopback address. */
  origins: readonly string[]
  log: Logger
  startTimer: StartTimer
  /** PEM: serves over HTTPS. */
  tls?: { cert: string; key: string } | undefined
}

const BODY_BYTES = 256 * 1024
/** Room for a challenge request and what a merchant sends along with it. */
const FORM_BYTES = 8192
const REQUEST_TIMEOUT_MS = 15_000
/** A silent bank keeps the line open for longer than any merchant waits, then hangs up. */
const SILENCE_MS = 45_000
const LONGEST_DELAY_MS = 60_000
const STATEMENT_ENTRIES = 100
const DEEPEST_JSON = 64
const UNLISTED_CODE = '99999'

/** What is wrong with a message; its sender can mend it. */
class Refusal extends Error {
  readonly statusCode: number
  readonly error: string
  constructor(statusCode: number, error: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.error = error
  }
}

export function buildSimulator(bank: Simulator): FastifyInstance {
  const options: FastifyServerOptions = {
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    routerOptions: { maxParamLength: 255 },
  }
  // Fastify's types tell an HTTPS server from an HTTP server; to all that is built on it they are the same.
  const https: object = bank.tls ? { https: { ...bank.tls, handshakeTimeout: REQUEST_TIMEOUT_MS } } : {}
  const app = fastify({ ...options, ...https })
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS)
    if (!isServedHost(request.headers.host, bank.hosts)) {
      throw new Refusal(421, 'host_not_served', 'This host name is not served here.')
    }
  })
  app.setNotFoundHandler(() => {
    throw new Refusal(404, 'not_found', 'There is nothing at this address.')
  })
  app.setErrorHandler((error: Error & { statusCode?: number; error?: string }, _request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) {
      bank.log.error({ err: { message: error.message, stack: error.stack } }, 'the simulator failed')
      return reply.code(503).send({ error: 'bank_unavailable', message: 'The bank cannot answer now.' })
    }
    return reply.code(status).send({ error: error.error ?? 'request_invalid', message: error.message })
  })

  accountHooks(app, bank)
  const tellOfPage = scenarioHooks(app, bank)
  acquirerRoutes(app, bank)
  shopperRoutes(app, bank, tellOfPage)
  recordRoutes(app, bank)
  controlRoutes(app, bank)
  tillRoutes(app, bank, tellOfPage)
  threeDsRoutes(app, bank)
  walletRoutes(app, bank)
  const stopWatching = watchReturns(bank)
  app.addHook('onClose', async () => stopWatching())
  return app
}

/**
 * No scripts at all. There is no `form-action`: browsers apply it to every redirect after a form, and where a shopper
 * ends up is the merchant's business.
 */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

function acquirerRoutes(app: FastifyInstance, bank: Simulator) {
  const { books } = bank
  const keysOfWallets = walletKeys(bank.secret)

  app.post('/acquirer/payments', { schema: { body: PaymentRequest } }, async (request, reply) => {
    const told = request.body as PaymentRequest
    refuseUnstorable(told)
    const body = withCardOfWallet(keysOfWallets, told)
    const key = keyOf(request, body.key)
    const at = requiredTime(request)
    const parsed = parseSwitches(body.metadata?.['sluice_simulator'])
    if ('unknown' in parsed) throw new Refusal(422, 'switch_unknown', `sluice_simulator: ${parsed.unknown}`)
    const { switches } = parsed
    if (body.return_url !== undefined && !isWebAddress(body.return_url)) {
      throw new Refusal(422, 'return_url_invalid', 'return_url must be an http or https address.')
    }

    const proof = await proofOf(bank, body, key)
    const plan = (exceeded: readonly VelocityRule[]) => decide(body, key, at, switches, { proof, exceeded })
    if (plan([]).first.outcome === 'action' && body.return_url === undefined) {
      throw new Refusal(422, 'return_url_required', 'The shopper must be sent somewhere afterwards.')
    }
    const fault = faultOf(switches, 'authorize')
    if (fault?.booked === false) return misdeliver(reply, fault)
    const { payment, answer, fresh } = await authorize(books, {
      merchant: body.merchant,
      key,
      class: body.class ?? 'A',
      method: body.method ?? 'card',
      amount: body.amount,
      currency: body.currency,
      plan,
      watches: watchesOf(body, switches, (subject) => markOf(bank, subject)),
      pageToken: (outcome) => pageTokenFor(bank, body, key, outcome),
      request: withoutSecrets(bank, body),
      switches,
      at,
    })
    return deliver(reply, 'authorize', fresh ? switches : {}, answerFor(bank, payment, answer))
  })

  app.get(
    '/acquirer/payments/:key',
    { schema: { params: PaymentPath, querystring: Caller } },
    async (request, reply) => {
      const { merchant, class: asked } = request.query as Caller
      offered(asked, ['A', 'B'])
      const payment = await look(books, merchant, (request.params as PaymentPath).key, requiredTime(request))
      if (!payment || payment.method === 'unknown') throw unknownPayment()
      return deliver(reply, 'retrieve', payment.switches, answerFor(bank, payment, payment.answer))
    },
  )

  app.post(
    '/acquirer/payments/:key/complete',
    { schema: { params: PaymentPath, body: FollowupRequest } },
    async (request, reply) => {
      const { merchant } = request.body as FollowupRequest
      const payment = await look(books, merchant, (request.params as PaymentPath).key, requiredTime(request))
      if (!payment) throw unknownPayment()
      return deliver(reply, 'complete', payment.switches, answerFor(bank, payment, payment.answer))
    },
  )

  app.post(
    '/acquirer/payments/:key/cancel',
    { schema: { params: PaymentPath, body: FollowupRequest } },
    async (request, reply) => {
      const { merchant } = request.body as FollowupRequest
      const payment = await cancel(books, merchant, (request.params as PaymentPath).key, requiredTime(request))
      if (!payment) throw unknownPayment()
      return deliver(reply, 'cancel', payment.switches, answerFor(bank, payment, payment.answer))
    },
  )

  app.post(
    '/acquirer/payments/:key/confirm',
    { schema: { params: PaymentPath, body: ConfirmRequest } },
    async (request, reply) => {
      const { merchant, otp } = request.body as ConfirmRequest
      const tried = await confirm(books, merchant, (request.params as PaymentPath).key, otp, requiredTime(request))
      if (!tried) throw unknownPayment()
      return deliver(reply, 'confirm', tried.payment.switches, answerFor(bank, tried.payment, tried.answer))
    },
  )

  const followups: ReadonlyArray<readonly [path: string, kind: FollowupKind]> = [
    ['captures', 'capture'],
    ['voids', 'void'],
    ['refunds', 'refund'],
    ['increments', 'increment'],
    ['reversals', 'reverse'],
  ]
  for (const [path, kind] of followups) {
    app.post(
      `/acquirer/payments/:key/${path}`,
      { schema: { params: PaymentPath, body: FollowupRequest } },
      async (request, reply) => {
        const body = request.body as FollowupRequest
        refuseUnstorable(body)
        if (kind === 'reverse') offered(body.class, ['A', 'B', 'C'])
        const { key: of } = request.params as PaymentPath
        const at = requiredTime(request)
        const key = keyOf(request, body.key)
        const lost = await faultBeforeBooking(books, body.merchant, of, kind)
        if (lost) return misdeliver(reply, lost)
        const { answer, payment, fresh } = await followUp(books, {
          merchant: body.merchant,
          key,
          of,
          kind,
          reference: body.reference,
          amount: body.amount,
          currency: body.currency,
          ofCapture: body.of_capture,
          told: { ...(body.final === true && { final: true }), ...body.details },
          class: body.class ?? 'A',
          at,
        })
        const switches = fresh && payment ? payment.switches : {}
        return deliver(reply, kind, switches, { key, of, reference: payment?.reference, ...answer })
      },
    )
  }
}

function shopperRoutes(app: FastifyInstance, bank: Simulator, tellOfPage: TellOfPage) {
  const { books } = bank
  const params = { type: 'object', properties: { token: { type: 'string', pattern: '^[\\w-]{22,28}$' } } }

  app.get('/pay/:token', { schema: { params }, attachValidation: true }, async (request, reply) => {
    const page = await pageOf(request, books)
    const payment = page && (await lookAtPage(books, page, await timeAtPage(page)))
    return reply
      .code(payment ? 200 : 404)
      .type('text/html; charset=utf-8')
      .send(payment ? shopperPage(payment) : gonePage(request.headers['accept-language']?.split(/[,;]/)[0]))
  })

  app.post('/pay/:token', { schema: { params }, attachValidation: true }, async (request, reply) => {
    const page = await pageOf(request, books)
    if (!page) return reply.code(404).type('text/html; charset=utf-8').send(gonePage(undefined))
    const { choice: pressed, password } = (request.body ?? {}) as { choice?: unknown; password?: unknown }
    const choice = typeof password === 'string' ? (isRightPassword(password) ? 'approve' : 'fail') : pressed
    if (!isChoice(choice)) throw new Refusal(422, 'choice_invalid', 'choice is approve, fail, cancel or later.')
    const payment = await choose(books, page, choice, await timeAtPage(page))
    // A bank that tells its merchants does so before their shopper is back.
    if (payment && payment.state !== page.state) await tellOfPage(payment, 0)
    const back = payment && returnUrlOf(payment)
    if (back === undefined) throw unknownPayment()
    return reply.redirect(back, 303)
  })

  app.get('/pages.css', (_request, reply) =>
    reply.header('cache-control', 'max-age=3600').type('text/css; charset=utf-8').send(STYLES),
  )
}

function recordRoutes(app: FastifyInstance, bank: Simulator) {
  const { books } = bank

  app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(frontPage()))

  app.get('/ledger', { schema: { querystring: LedgerQuery } }, async (request) => {
    const { merchant, after } = request.query as LedgerQuery
    return books.movements(merchant, after ?? '0')
  })

  app.get('/statement/:merchant/:token', async (request, reply) => {
    const { merchant, token } = request.params as { merchant: string; token: string }
    refuseUnstorable(merchant)
    if (!isStatementToken(bank, merchant, token))
      throw new Refusal(404, 'not_found', 'There is nothing at this address.')
    return reply
      .type('text/html; charset=utf-8')
      .send(statementPage(merchant, await books.latest(merchant, STATEMENT_ENTRIES)))
  })

  app.get('/fidelity', () => ({ data: fidelityTable() }))

  app.get('/health', async (_request, reply) => {
    const open = await books.isOpen()
    return reply.code(open ? 200 : 503).send({ status: open ? 'open' : 'closed' })
  })
}

/** Hands over an answer, late, wrong or not at all when a switch says so. */
async function deliver(reply: FastifyReply, step: Step, switches: Switches, body: object): Promise<FastifyReply> {
  const fault = faultOf(switches, step)
  const delayMs = delayOf(switches, step)
  if (delayMs > 0) await wait(reply, Math.min(delayMs, LONGEST_DELAY_MS))
  if (!fault) return reply.send(body)
  return misdeliver(reply, fault, body)
}

async function misdeliver(reply: FastifyReply, fault: Fault, body: object = {}): Promise<FastifyReply> {
  switch (fault.kind) {
    case 'silence':
      await wait(reply, SILENCE_MS)
      return hangUp(reply)
    case 'cut':
      return hangUp(reply)
    case 'http_500':
      return reply.code(500).send({ error: 'switched', message: 'A switch asked for this failure.' })
    case 'garbled':
      return reply.type('application/json').send('{"outcome":"appr')
    case 'unknown_code':
      return reply.send({ ...body, outcome: 'declined', code: UNLISTED_CODE, summary: 'Not in any list' })
  }
}

/** Waits, but no longer than the other side listens. */
function wait(reply: FastifyReply, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    reply.raw.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function hangUp(reply: FastifyReply): FastifyReply {
  reply.hijack()
  reply.raw.destroy()
  return reply
}

/** The switches of a follow-up stand with the payment, so losing one before it is booked takes a look first. */
async function faultBeforeBooking(books: Books, merchant: string, of: string, kind: FollowupKind) {
  const [payment] = await books.find(merchant, of)
  const fault = payment && faultOf(payment.switches, kind)
  return fault?.booked === false ? fault : undefined
}

function answerFor(bank: Simulator, payment: Payment, answer: Answer): object {
  return {
    key: payment.key,
    reference: payment.reference,
    ...answer,
    ...withPage(bank, payment, answer),
    ...(answer.outcome === 'action' ? { url: `${bank.url()}/pay/${payment.page_token}` } : {}),
  }
}

/** Of the page the shopper is sent to, or the one where a payment is paid outside the shop; '' where there is none. */
function pageTokenFor(bank: Simulator, { merchant, method }: PaymentRequest, key: string, outcome: Answer['outcome']) {
  if (outcome === 'action') return pageToken(bank, merchant, key)
  return outcome === 'pending' && isPaidOutside(method ?? 'card') ? tillToken(bank, merchant, key) : ''
}

/** 128 bits that nobody can guess from an id, and that need no store: a MAC under the bank's own key. */
function pageToken(bank: Simulator, merchant: string, key: string): string {
  const mac = createHmac('sha256', bank.secret).update(`page\n${merchant}\n${key}`).digest()
  return mac.subarray(0, 16).toString('base64url')
}

/**
 * What goes into the books: everything but the number and the CVV, and of an account its end. The mark tells cards apart,
 * and only to this bank.
 */
function withoutSecrets(bank: Simulator, body: PaymentRequest): Record<string, unknown> {
  const { card, key: _key, merchant: _merchant, class: _class, amount: _amount, currency: _currency, ...told } = body
  const rest = { ...told, ...(told.details && { details: keptDetails(told.details) }) }
  if (!card) return rest
  const mark = markOf(bank, `card\n${card.number}`)
  return {
    ...rest,
    card: {
      scheme: brandOf(card.number).scheme,
      bin: card.number.slice(0, 6),
      last4: card.number.slice(-4),
      expiry: `${String(card.expiry_month).padStart(2, '0')}/${card.expiry_year}`,
      ...(card.name === undefined ? {} : { name: card.name }),
      mark,
    },
  }
}

/** Tells apart what it is made of, and only to this bank. */
function markOf(bank: Simulator, text: string): string {
  return createHmac('sha256', bank.secret).update(text).digest('base64url')
}

function keyOf(request: FastifyRequest, inBody: string | undefined): string {
  const header = request.headers['idempotency-key']
  if (typeof header === 'string' && inBody !== undefined && header !== inBody) {
    throw new Refusal(422, 'key_ambiguous', 'Idempotency-Key and key differ.')
  }
  const key = inBody ?? (typeof header === 'string' ? header : undefined)
  if (key === undefined || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Refusal(422, 'key_required', 'Send Idempotency-Key, or key: 1 to 255 visible ASCII characters.')
  }
  return key
}

/** The merchant's time. The bank has no clock of its own. */
function requiredTime(request: FastifyRequest): Date {
  const at = timeNamedBy(request)
  if (!at) throw new Refusal(422, 'time_required', 'Send Sluice-Time: ISO 8601, the time at the merchant.')
  return at
}

function offered(asked: ProcessorClass | undefined, classes: readonly ProcessorClass[]) {
  if (!classes.includes(asked ?? 'A')) throw new Refusal(405, 'not_offered', `Not offered at class ${asked}.`)
}

function unknownPayment(): Refusal {
  return new Refusal(404, 'payment_not_found', 'No payment is booked under this key.')
}

/**
 * PostgreSQL keeps neither U+0000 nor half a surrogate pair, and reads JSON only so deep; such a message would spoil the
 * batch it is booked in.
 */
function refuseUnstorable(value: unknown) {
  if (isDeeperThan(DEEPEST_JSON, value)) throw new Refusal(422, 'json_too_deep', 'The message is nested too deeply.')
  if (/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(JSON.stringify(value))) {
    throw new Refusal(422, 'text_invalid', 'Text holds U+0000 or half a surrogate pair.')
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner))
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function isChoice(value: unknown): value is ShopperChoice {
  return value === 'approve' || value === 'fail' || value === 'cancel' || value === 'later'
}

/** The merchant's time, of a page that still waits: what has ended stays as it is. */
async function timeAtPage(page: Payment): Promise<Date | undefined> {
  return page.state === 'action' || page.state === 'pending' ? await timeAtMerchant(page) : undefined
}

async function pageOf(request: FastifyRequest, books: Books): Promise<Payment | undefined> {
  if (request.validationError) return undefined
  const payment = await books.findByPage((request.params as { token: string }).token)
  return payment && !isPaidOutside(payment.method) ? payment : undefined
}
