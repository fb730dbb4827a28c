/** A world as a test sees it: keys and addresses, its clock, what goes wrong in it, what was delivered and booked. */
import { type HowPaid, makeSessionData } from '@sluice/sealing/make'
import type { TypedCard } from '@sluice/sealing/payload'
import { type Answer, type Call, callsOf, expectOk, type Json, SluiceCallError } from './calls.ts'
import { type Clock, clockOf } from './clock.ts'
import { type Hold, type HoldMatch, holdAt, type SeamName } from './hold.ts'
import { type LoggedEvent, normalisedEvents } from './normalise.ts'
import { openReceiver, type Receiver, type Webhook, type WebhookMatch } from './receiver.ts'
import { type AttachedScenario, attachScenario, type ScenarioDocument, type ScenarioTarget } from './scenario.ts'

export type TestCard = TypedCard

const FIELDS = { expiry_month: 12, expiry_year: 2032, cvv: '100', name: 'Ada Lovelace' }

/** Test cards by what they do. With `'3ds': { enabled: true }` all but `frictionless` are challenged: password Checkout1! */
export const CARDS = {
  approved: { number: '4242424242424242', ...FIELDS },
  declined: { number: '4539467987109256', ...FIELDS },
  insufficientFunds: { number: '4544249167673670', ...FIELDS },
  frictionless: { number: '4485040371536584', ...FIELDS },
  amex: { number: '345678901234564', ...FIELDS, cvv: '1000' },
} as const satisfies Record<string, TestCard>

/** Origins, without a trailing slash. */
export interface Urls {
  api: string
  frames: string
  simulator: string
  /** Where webhooks of this world are received. */
  webhooks: string | undefined
}

export interface Keys {
  secret: string
  public: string
  /** `ent_…` */
  entity: string
  /** `pc_…` */
  channel: string
  clientId: string
  clientSecret: string
}

export interface WorldOptions {
  /** Decides every choice of the world. Default: random. */
  seed?: string
  name?: string
  /** Of its processing channel: `class`, `methods`, `on_abandoned` … as `POST /sandbox/worlds` takes them. */
  channel?: { [setting: string]: unknown }
  /** `frozen`: its clock stands still from the first moment. Default: real time. */
  clock?: 'real' | 'frozen'
  /** A name of the catalogue, or a document. */
  scenario?: string | ScenarioDocument
  /** `false`: its webhooks are not received; `waitForWebhook` is of no use then. */
  webhooks?: boolean
}

/** Members of a session, laid over the smallest one: 10.00 GBP, billed in Great Britain. */
export interface PayOptions {
  [member: string]: Json
}

/** What the bank booked. Amounts in minor units, ISO 4217, the world's time. */
export interface LedgerEntry {
  seq: string
  key: string
  of: string
  kind: string
  amount: number
  currency: string
  at: string
  merchant: string
  reference: string
}

export interface World {
  readonly urls: Urls
  readonly keys: Keys
  readonly seed: string
  readonly clock: Clock
  /** Any call with the secret key; a path of the API, or a whole address. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  /** A payment session. @throws SluiceCallError */
  requestSession(members?: PayOptions): Promise<Json>
  /** What a card form would send for the session: of a card, or of a method that needs none. */
  seal(session: Json, how?: TestCard | HowPaid): Promise<string>
  /** A session and a submit of it, as a shop's server would. The answer of the submit. @throws SluiceCallError */
  pay(members?: PayOptions, how?: TestCard | HowPaid): Promise<Json>
  /** A payment as it is. */
  payment(id: string): Promise<Json>
  /** Asks until the payment has one of the statuses. @throws after `timeoutMs` of real time (default 10 s) */
  waitForStatus(id: string, status: string | readonly string[], timeoutMs?: number): Promise<Json>
  /**
   * What the shopper does outside the shop with a payment that waits: in an app, at a cash machine, at his bank. The server is told of
   * it at once.
   */
  decide(paymentId: string, choice: 'approve' | 'fail' | 'cancel'): Promise<void>
  /** Has things go wrong, from the next payment on. */
  scenario(
    scenario: string | ScenarioDocument,
    options?: { seed?: string; to?: ScenarioTarget },
  ): Promise<AttachedScenario>
  /** Stops the next one that comes to a seam. */
  hold(at: SeamName, match?: HoldMatch): Promise<Hold>
  waitForWebhook(match: WebhookMatch, timeoutMs?: number): Promise<Webhook>
  /** Every webhook that was delivered, in its order. */
  readonly webhooks: readonly Webhook[]
  /** What the bank booked, in its order. */
  ledger(): Promise<LedgerEntry[]>
  /** All events, in their order. */
  events(): Promise<LoggedEvent[]>
  /** All events without what is random: the same for the same seed. */
  normalisedEvents(): Promise<unknown[]>
  /** Has no more webhooks delivered. */
  close(): Promise<void>
}

/** How often a payment is asked for while it is waited for. */
const LOOK_MS = 25

export async function openWorld(api: string, options: WorldOptions = {}): Promise<World> {
  const { seed, name, channel, clock = 'real', scenario, webhooks = true } = options
  const [installation, made] = await Promise.all([
    installationAt(api),
    expectOk(callsOf(api), 'POST', '/sandbox/worlds', {
      ...(seed !== undefined && { seed }),
      ...(name !== undefined && { name }),
      ...(channel && { channel: { settings: channel } }),
    }),
  ])
  const call = callsOf(api, made.secret_key)
  const receiver = webhooks ? await openReceiver(call, made.entity_id) : undefined
  const world = worldOf(call, { api, ...installation }, made, receiver)
  try {
    if (clock === 'frozen') await world.clock.freeze()
    if (scenario !== undefined) await world.scenario(scenario)
    return world
  } catch (cause) {
    await world.close()
    throw cause
  }
}

const installations = new Map<string, Promise<{ frames: string; simulator: string }>>()

/** Where the other origins of a server are: it does not change while it runs. */
function installationAt(api: string): Promise<{ frames: string; simulator: string }> {
  let known = installations.get(api)
  if (!known) {
    known = (async () => {
      const { frames, simulator, mode } = await expectOk(callsOf(api), 'GET', '/.well-known/sluice')
      if (mode !== 'sandbox') throw new Error(`${api} is not a sandbox: tests need one`)
      return { frames, simulator }
    })()
    known.catch(() => installations.delete(api))
    installations.set(api, known)
  }
  return known
}

/** Of a server that has ended: another one may get its port. */
export function forgetInstallation(api: string): void {
  installations.delete(api)
}

function worldOf(
  call: Call,
  origins: Pick<Urls, 'api' | 'frames' | 'simulator'>,
  made: Json,
  receiver: Receiver | undefined,
): World {
  const keys: Keys = {
    secret: made.secret_key,
    public: made.public_key,
    entity: made.entity_id,
    channel: made.processing_channel_id,
    clientId: made.client_id,
    clientSecret: made.client_secret,
  }
  const clock = clockOf(call)
  const urls: Urls = { ...origins, webhooks: receiver?.url }
  const payment = (id: string): Promise<Json> => expectOk(call, 'GET', `/payments/${id}`)

  async function requestSession(members: PayOptions = {}): Promise<Json> {
    return await expectOk(call, 'POST', '/payment-sessions', { ...SESSION, ...members })
  }

  function seal(session: Json, how: TestCard | HowPaid = CARDS.approved): Promise<string> {
    return makeSessionData({
      framesUrl: urls.frames,
      sessionId: session.id,
      secret: session.payment_session_secret,
      ...('number' in how ? { card: how } : how),
    })
  }

  async function events(): Promise<LoggedEvent[]> {
    const all: LoggedEvent[] = []
    for (let after = 0; ; ) {
      const { data, last, has_more: more } = await expectOk(call, 'GET', `/events?after=${after}&limit=100`)
      all.push(...data)
      if (!more) return all
      after = last
    }
  }

  let closed: Promise<void> | undefined

  return {
    urls,
    keys,
    seed: made.seed,
    clock,
    call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    requestSession,
    seal,
    async pay(members, how) {
      const session = await requestSession(members)
      const session_data = await seal(session, how)
      const answer = await call('POST', `/payment-sessions/${session.id}/submit`, { session_data })
      if (answer.status < 200 || answer.status > 299) throw new SluiceCallError('the submit', answer)
      return { ...answer.body, payment_session_id: session.id }
    },
    payment,
    async waitForStatus(id, status, timeoutMs = 10_000) {
      const wanted = typeof status === 'string' ? [status] : status
      const giveUpAt = performance.now() + timeoutMs
      for (;;) {
        const found = await payment(id)
        if (wanted.includes(found.status)) return found
        if (performance.now() > giveUpAt) {
          throw new Error(`${id} is ${found.status} and not ${wanted.join(' or ')} after ${timeoutMs} ms`)
        }
        await new Promise((done) => setTimeout(done, LOOK_MS))
      }
    },
    async decide(paymentId, choice) {
      const answer = await call('POST', `/sandbox/payments/${paymentId}/decisions`, { choice })
      if (answer.status !== 200) throw new SluiceCallError('the decision', answer)
    },
    scenario: (scenario, options) => attachScenario(call, scenario, options),
    hold: (at, match) => holdAt(call, at, match),
    waitForWebhook(match, timeoutMs) {
      if (!receiver) throw new Error('this world was made with webhooks: false')
      return receiver.wait(match, timeoutMs)
    },
    webhooks: receiver?.received ?? [],
    ledger: () => expectOk(call, 'GET', `${urls.simulator}/ledger?merchant=${keys.entity}`),
    events,
    normalisedEvents: async () => normalisedEvents(await events()),
    close: () => (closed ??= receiver?.close() ?? Promise.resolve()),
  }
}

const SESSION = {
  amount: 1000,
  currency: 'GBP',
  billing: { address: { country: 'GB' } },
  success_url: 'https://shop.example/success',
  failure_url: 'https://shop.example/failure',
}
