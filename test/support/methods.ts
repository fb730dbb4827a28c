/** Paying by any method of the table: a session that offers it, details a shopper would type, and what he does outside the shop. */
import { ibanLength, ibanOf } from '@sluice/core/iban'
import { PAYMENT_METHODS, type PaymentMethod, paymentMethod } from '@sluice/core/payment-methods'
import { makeSessionData } from '@sluice/sealing/make'
import type { Answer, client, Json, Session } from './client.ts'

type Client = ReturnType<typeof client>

/** Whole numbers a telephone of the country may have; the last digit lets it be approved. */
const PHONES: Readonly<Record<string, string>> = {
  '1': '2025550142',
  '34': '612345678',
  '45': '32123456',
  '46': '701234567',
  '47': '41234567',
  '351': '912345678',
  '358': '412345678',
  '965': '50012345',
  '966': '512345678',
  '971': '501234567',
}
const ADDRESS = { address_line1: '1 High Street', city: 'Springfield', zip: '10115' }
const ITEMS = [
  {
    name: 'Chair',
    type: 'physical',
    quantity: 1,
    unit_price: 1000,
    total_amount: 1000,
    reference: 'C-1',
    wxpay_goods_id: '1001',
  },
]

/** Of the kinds that are played without a card or a wallet. */
export const PLAYED_METHODS: readonly PaymentMethod[] = PAYMENT_METHODS.filter(
  ({ kind, wallet, retired }: PaymentMethod) => kind !== 'direct' && kind !== 'sdk' && !wallet && !retired,
)

export function rowOf(name: string): PaymentMethod {
  const row = paymentMethod(name)
  if (!row) throw new Error(`no method is called ${name}`)
  return row
}

/** The members of a session that offers the method: 10.00 in its first country and currency. */
export function sessionFor({ countries, currencies, currencyOfCountry, name }: PaymentMethod): Record<string, unknown> {
  const country = countries === 'all' ? 'SG' : (countries[0] as string)
  const currency = currencyOfCountry?.[country] ?? (currencies === 'all' ? 'EUR' : currencies[0])
  return {
    amount: 1000,
    currency,
    reference: `ORD${name.replaceAll('_', '')}1`,
    billing: { address: { country } },
    customer: { email: 'jo@example.com', name: 'Jo Shopper', phone: { country_code: '+971', number: '501234567' } },
    shipping: { address: { ...ADDRESS, country } },
    items: ITEMS,
    processing: { product_type: 'QR Code' },
    success_url: 'https://shop.example/success',
    failure_url: 'https://shop.example/failure',
  }
}

/** What the shopper types for it, all of it. */
export function typedFor({ collects, phoneCodes, countries }: PaymentMethod) {
  const code = phoneCodes === 'all' ? '351' : (phoneCodes[0] as string)
  const country = countries === 'all' ? 'DE' : (countries[0] as string)
  const account = '5'.repeat((ibanLength(country) ?? 22) - 4)
  const typed: Partial<Record<PaymentMethod['collects'][number], Record<string, string>>> = {
    email: { email: 'jo@example.com' },
    phone: { phone_country_code: code, phone_number: PHONES[code] ?? '712345678' },
    iban: { iban: ibanOf(country, account) },
    bank_account: { account_number: '12345678', bank_code: '12345678' },
    billing_address: { ...ADDRESS, country },
    mandate_consent: { mandate_consent: 'true' },
    national_id: { national_id: '21234567890' },
    blik_code: { blik_code: '777123' },
  }
  return {
    ...(collects.includes('holder_name') ? { holder: 'Jo Shopper' } : {}),
    details: Object.assign({}, ...collects.map((input) => typed[input] ?? {})) as Record<string, string>,
  }
}

export interface Typed {
  holder?: string
  details?: Record<string, string>
}

/** Seals what was typed and submits it with the secret key. */
export async function submitBy(
  merchant: Client,
  session: Session,
  method: string,
  typed: Typed = typedFor(rowOf(method)),
  members: Record<string, unknown> = {},
): Promise<Answer> {
  const session_data = await makeSessionData({
    framesUrl: merchant.urls.frames,
    sessionId: session.id,
    secret: session.payment_session_secret,
    method,
    ...typed,
  })
  return await merchant.post(`/payment-sessions/${session.id}/submit`, { session_data, ...members })
}

/** A session of the method, and a first attempt on it. */
export async function begin(merchant: Client, method: string, members: Record<string, unknown> = {}, typed?: Typed) {
  const session = await merchant.requestSession({ ...sessionFor(rowOf(method)), ...members })
  return { session, answer: await submitBy(merchant, session, method, typed ?? typedFor(rowOf(method))) }
}

/** What Flow reads while it waits. */
export async function shown(merchant: Client, session: Session): Promise<Json> {
  const url = `${merchant.urls.frames}/frame/payment-sessions/${session.id}`
  const answer = await fetch(url, { headers: { 'sluice-session-secret': session.payment_session_secret } })
  if (answer.status !== 200) throw new Error(`the session is not shown: ${answer.status}`)
  return await answer.json()
}

/** The code the shopper typed, as Flow sends it. */
export function confirmCode(
  merchant: Client & { publicKey: string },
  session: Session,
  paymentId: string,
  code: string,
): Promise<Answer> {
  const url = `${merchant.urls.frames}/frame/payment-sessions/${session.id}/confirm`
  const headers = {
    authorization: `Bearer ${merchant.publicKey}`,
    'sluice-session-secret': session.payment_session_secret,
  }
  return merchant.post(url, { payment_id: paymentId, code }, headers)
}

/** The page of a payment that is paid outside the shop. */
export async function pageOf(merchant: Client, paymentId: string): Promise<string> {
  const { status, body } = await merchant.get(`/sandbox/payments/${paymentId}/page`)
  if (status !== 200) throw new Error(`no page: ${status}`)
  return body.url
}

/** Presses a button of a page of the simulator. */
export function press(pageUrl: string, choice: string): Promise<Response> {
  return fetch(pageUrl, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ choice }) })
}

/** Presses a button of the page the shopper was sent to, and comes back to us. */
export async function pressAndReturn(pageUrl: string, choice: string): Promise<void> {
  const pressed = await press(pageUrl, choice)
  const back = pressed.headers.get('location')
  if (pressed.status !== 303 || back === null) throw new Error(`the page answered ${pressed.status}`)
  await fetch(back, { redirect: 'manual' })
}
