/** A bank on a database of the test's own, and a merchant that talks to it. */
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { freshDatabase } from '../../../test/support/database.ts'
import { startSimulator } from '../src/main.ts'

export const AT = '2026-11-22T12:00:00.000Z'
export const MERCHANT = 'ent_abcdefghijklmnopqrstuvwxyz'
const RETURN_URL = 'http://localhost:9/returns/token'

/** What a bank answers, as loosely as a test reads it. */
export type Body = Record<string, any>

export interface Bank {
  url: string
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
  close: () => Promise<void>
}

export function card(number: string, more: Body = {}): Body {
  return { number, expiry_month: 12, expiry_year: 2030, cvv: '100', ...more }
}

export async function startBank(t: TestContext, databaseUrl?: string): Promise<Bank> {
  const database = databaseUrl ?? (await freshDatabase(t))
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const bank = await startSimulator({ listen: '127.0.0.1', port: 0, databaseUrl: database, hosts: [], log })
  let closed: Promise<void> | undefined
  const close = () => (closed ??= bank.close())
  t.after(close)

  async function send(method: string, path: string, body: Body | undefined, at: string) {
    const response = await fetch(bank.url + path, {
      method,
      headers: { 'sluice-time': at, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: response.status, body: (await response.json()) as Body }
  }

  return {
    url: bank.url,
    databaseUrl: database,
    logged: () => lines.join(''),
    pay: (key, more = {}, at = AT) =>
      send(
        'POST',
        '/acquirer/payments',
        {
          key,
          merchant: MERCHANT,
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
      send('POST', `/acquirer/payments/${of}/${what}`, { merchant: MERCHANT, key: `${of}-${what}`, ...more }, at),
    retrieve: (key, processorClass = 'A', at = AT) =>
      send('GET', `/acquirer/payments/${key}?merchant=${MERCHANT}&class=${processorClass}`, undefined, at),
    ledger: async (after = '0') =>
      (await (await fetch(`${bank.url}/ledger?merchant=${MERCHANT}&after=${after}`)).json()) as Body[],
    press: (pageUrl, choice) =>
      fetch(pageUrl, { method: 'POST', body: new URLSearchParams({ choice }), redirect: 'manual' }),
    close,
  }
}
