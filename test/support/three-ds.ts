/** A merchant whose shoppers Sluice authenticates itself, and what a browser does in a challenge, without a browser. */
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from './cards.ts'
import { type Answer, client, type Json } from './client.ts'
import { eventually } from './eventually.ts'
import type { Sluice } from './sluice.ts'

/** A world with `authentication: 'external'`. */
export async function external(sluice: Sluice, settings: Record<string, Json> = {}) {
  const made = await sluice.post('/sandbox/worlds', {
    channel: { settings: { authentication: 'external', ...settings } },
  })
  if (made.status !== 201) throw new Error(`no world: ${made.status} ${made.text}`)
  const world = made.body
  const api = client(sluice.urls, world.secret_key)
  const { db } = sluice.ctx.store

  /** One attempt on a session of its own, as the merchant's server submits it. */
  async function pay(members: Record<string, Json>, number: string = CARDS.approved.number) {
    const session = await api.requestSession(members)
    const cvv = /^3[47]/.test(number) ? '1000' : '100'
    const answer = await api.submit(session, { ...CARDS.approved, cvv, number })
    const payment: Json = answer.body?.id ? await api.payment(answer.body.id) : undefined
    return { session, answer, payment }
  }

  return {
    ...api,
    world,
    pay,
    /** Types of the payment's events, in order. */
    async events(paymentId: string): Promise<string[]> {
      const { rows } = await db.query<{ type: string }>({
        name: 'test_event_types',
        text: 'select type from events where subject_id = $1 order by version',
        values: [uuidOf('payment', paymentId)],
      })
      return rows.map(({ type }) => type)
    },
    /** Kinds of the messages that were sent for it, in order. */
    async calls(paymentId: string): Promise<string[]> {
      const { rows } = await db.query<{ kind: string }>({
        name: 'test_call_kinds',
        text: 'select kind from processor_calls where payment_id = $1 order by id',
        values: [uuidOf('payment', paymentId)],
      })
      return rows.map(({ kind }) => kind)
    },
    /** Messages that were sent for it, masked, in order. */
    async exchanges(paymentId: string): Promise<{ kind: string; exchange: Json }[]> {
      const { rows } = await db.query<{ kind: string; exchange: Json }>({
        name: 'test_exchanges',
        text: 'select kind, exchange from processor_calls where payment_id = $1 order by id',
        values: [uuidOf('payment', paymentId)],
      })
      return rows
    },
    /** Where the directory server tells what a challenge came to. */
    async resultUrl(paymentId: string): Promise<string> {
      const uuid = uuidOf('payment', paymentId) as string
      const { rows } = await db.query<{ entity_key: number }>({
        name: 'test_entity_of_payment',
        text: 'select entity_key from payments where id = $1',
        values: [uuid],
      })
      const token = sluice.ctx.vault.urlToken(rows[0]?.entity_key as number, uuid, 'authentication-result')
      return `${sluice.urls.api}/3ds/results/${token}`
    },
    /** How many cards wait. */
    async holds(): Promise<number> {
      const { rows } = await db.query<{ n: number }>({
        name: 'test_holds',
        text: 'select count(*)::int as n from attempt_holds',
        values: [],
      })
      return rows[0]?.n ?? 0
    },
    /** The world's time, milliseconds since 1970. */
    now: async (): Promise<number> => Date.parse((await api.get('/sandbox/clock')).body.now),
    advance: (interval: string) => sluice.advance(interval, world.entity_id),
  }
}

export interface Challenge {
  /** The page of the frames origin, without the share. */
  url: string
  share: string
  /** Of the form to the issuer. */
  acs: string
  creq: string
}

/** Opens `action.url` of an answer, as a browser does. */
export async function openChallenge(answer: Answer): Promise<Challenge> {
  const [url = '', share = ''] = (answer.body.action.url as string).split('#')
  const page = await fetch(url)
  const html = await page.text()
  if (page.status !== 200) throw new Error(`no challenge: ${page.status} ${html}`)
  return {
    url,
    share,
    acs: member(html, /<form[^>]* action="([^"]+)"/),
    creq: member(html, /name="creq" value="([^"]+)"/),
  }
}

/** Sends the CReq: the issuer's page. */
export function openIssuer({ acs, creq }: Challenge): Promise<Response> {
  return fetch(acs, { method: 'POST', body: new URLSearchParams({ creq }) })
}

/** Sends the CReq and answers the issuer's page; ends on our own, with the CRes. */
export async function answerChallenge(
  challenge: Challenge,
  form: Record<string, string> = { password: 'Checkout1!', action: 'continue' },
): Promise<Response> {
  const opened = await openIssuer(challenge)
  const answered = await fetch(opened.url, { method: 'POST', body: new URLSearchParams(form) })
  return await comeBack(await answered.text())
}

/** Sends the form of the issuer's last page. */
export async function comeBack(html: string): Promise<Response> {
  const action = member(html, /<form[^>]* action="([^"]+)"/)
  const members = [...html.matchAll(/<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"/g)]
  const body = new URLSearchParams(members.map(([, name = '', value = '']): [string, string] => [name, value]))
  return await fetch(action.replaceAll('&amp;', '&'), {
    method: 'POST',
    body,
    headers: { 'sec-fetch-site': 'cross-site' },
  })
}

/** Brings the share, as often as it takes. */
export async function carryOn({
  url,
  share,
}: Pick<Challenge, 'url' | 'share'>): Promise<{ status: number; body: Json }> {
  return await eventually(async () => {
    const answer = await fetch(`${url}/continue`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ share }),
    })
    const body: Json = answer.headers.get('content-type')?.includes('json') ? await answer.json() : undefined
    return answer.status !== 202 && { status: answer.status, body }
  }, 60_000)
}

function member(html: string, pattern: RegExp): string {
  const found = pattern.exec(html)?.[1]
  if (found === undefined) throw new Error(`${pattern} is not in ${html}`)
  return found
}
