/** A bank, and a merchant of the test's own that talks to it. */
import { after, type TestContext } from 'node:test'
import { pino } from 'pino'
import { freshDatabase } from '../../../test/support/database.ts'
import { type RunningSimulator, startSimulator } from '../src/main.ts'
import type { StartTimer } from '../src/timer.ts'

export const AT = '2026-11-22T12:00:00.000Z'
const RETURN_URL = 'http://localhost:9/returns/token'

/** What a bank answers, as loosely as a test reads it. */
export type Body = Record<string, any>

export interface Bank {
  url: string
  merchant: string
  databaseUrl: string
  /** Everything the bank logged, as text. */
  logged: () => string
  /** Authorizes 10.00 GBP on 4242…; `more` lies over that. */
  pay: (key: string, more?: Body, at?: string) => Promise<{ status: number; body: Body }>
  /** `what`: captures, voids, refunds, reversals, complete, cancel. */
  follow: (of: string, what: string, more?: Body, at?: string) => Promise<{ status: number; body: Body }>
  retrieve: (key: string, processorClass?: string, at?: string) => Promise<{ status: number; body: Body }>
  ledger: (after?: string) => Promise<Body[]>
  press: (pageUrl: string, choice: string) => Promise<Response>
  /** The header with which the merchant speaks. */
  asMerchant: { authorization: string }
  /** As the merchant: what the bank is made to do, `payments/k1/decisions`, or to show, `statement`. */
  control: (path: string, body?: Body, at?: string) => Promise<{ status: number; body: Body }>
  close: () => Promise<void>
}

export function card(number: string, more: Body = {}): Body {
  return { number, expiry_month: 12, expiry_year: 2030, cvv: '100', ...more }
}

interface OpenBank {
  running: RunningSimulator
  databaseUrl: string
  lines: string[]
}

let shared: Promise<OpenBank> | undefined
let merchants = 0

after(async () => (await shared)?.running.close())

/** The bank of this file, with a merchant it has never seen. */
export async function startBank(t: TestContext): Promise<Bank> {
  shared ??= freshDatabase(t).then((databaseUrl) => openBank(databaseUrl))
  return merchantOf(await shared, `ent_${++merchants}`)
}

/** A bank of the test's own; on a database that another bank has left, or on a fresh one. */
export async function startOwnBank(
  t: TestContext,
  databaseUrl?: string,
  startTimer?: StartTimer,
  origins?: readonly string[],
): Promise<Bank> {
  const open = await openBank(databaseUrl ?? (await freshDatabase(t)), startTimer, origins)
  const bank = merchantOf(open, 'ent_only')
  t.after(bank.close)
  return bank
}

async function openBank(databaseUrl: string, startTimer?: StartTimer, origins?: readonly string[]): Promise<OpenBank> {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const more = { ...(startTimer && { startTimer }), ...(origins && { origins }) }
  const running = await startSimulator({ listen: '127.0.0.1', port: 0, databaseUrl, hosts: [], log, ...more })
  return { running, databaseUrl, lines }
}

function merchantOf({ running, databaseUrl, lines }: OpenBank, merchant: string): Bank {
  const { url } = running
  const asMerchant = { authorization: `Bearer key-of-${merchant}-at-its-bank` }
  let closed: Promise<void> | undefined

  async function send(method: string, path: string, body: Body | undefined, at: string) {
    const response = await fetch(url + path, {
      method,
      headers: {
        'sluice-time': at,
        ...asMerchant,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: response.status, body: (await response.json()) as Body }
  }

  return {
    url,
    merchant,
    asMerchant,
    databaseUrl,
    logged: () => lines.join(''),
    pay: (key, more = {}, at = AT) =>
      send(
        'POST',
        '/acquirer/payments',
        {
          key,
          merchant,
          class: 'A',
          method: 'card',
          payment_type: 'Regular',
          amount: 1000,
          currency: 'GBP',
          card: card('4242424242424242'),
          return_url: RETURN_URL,
          ...more,
        },
        at,
      ),
    follow: (of, what, more = {}, at = AT) =>
      send('POST', `/acquirer/payments/${of}/${what}`, { merchant, key: `${of}-${what}`, ...more }, at),
    retrieve: (key, processorClass = 'A', at = AT) =>
      send('GET', `/acquirer/payments/${key}?merchant=${merchant}&class=${processorClass}`, undefined, at),
    ledger: async (after = '0') =>
      (await (await fetch(`${url}/ledger?merchant=${merchant}&after=${after}`)).json()) as Body[],
    press: (pageUrl, choice) =>
      fetch(pageUrl, { method: 'POST', body: new URLSearchParams({ choice }), redirect: 'manual' }),
    control: (path, body, at = AT) =>
      body
        ? send('POST', `/control/${path}`, { merchant, ...body }, at)
        : send('GET', `/control/${path}?merchant=${merchant}`, undefined, at),
    close: () => (closed ??= running.close()),
  }
}
