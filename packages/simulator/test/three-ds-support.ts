/** The 3DS Server's side of the wire, as a test plays it. */
import { createServer } from 'node:http'
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { base64UrlOfJson, jsonOfBase64Url } from '@sluice/core/three-ds/encoding'
import { AT, type Bank, type Body } from './support.ts'

export const NOTIFICATION_URL = 'http://localhost:9/3ds/notifications/token'

/** A 3DS Server that takes results. `answer`: what it says to each; by default that it was received. */
export interface ResultTaker {
  url: string
  results: Body[]
  answer: (rreq: Body) => { status: number; body: Body }
}

export async function takeResults(t: TestContext): Promise<ResultTaker> {
  const taker: ResultTaker = {
    url: '',
    results: [],
    answer: (rreq) => ({ status: 200, body: receipt(rreq) }),
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const rreq = JSON.parse(Buffer.concat(chunks).toString()) as Body
      taker.results.push(rreq)
      const { status, body } = taker.answer(rreq)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => server.close(resolve)))
  taker.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/results`
  return taker
}

export function receipt(rreq: Body): Body {
  const { messageVersion, threeDSServerTransID, dsTransID, acsTransID } = rreq
  return { messageType: 'RRes', messageVersion, threeDSServerTransID, dsTransID, acsTransID, resultsStatus: '01' }
}

export async function askDs(bank: Bank, message: unknown, at: string | undefined = AT): Promise<Body> {
  const response = await fetch(`${bank.url}/3ds/ds`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(at ? { 'sluice-time': at } : {}) },
    body: JSON.stringify(message),
  })
  return (await response.json()) as Body
}

export function preq(more: Body = {}): Body {
  return {
    messageType: 'PReq',
    messageVersion: '2.2.0',
    threeDSServerTransID: randomUUID(),
    threeDSServerRefNumber: 'TEST',
    ...more,
  }
}

/** 10.00 GBP on 4242…; `more` lies over that. */
export function areq(bank: Bank, more: Body = {}): Body {
  return {
    messageType: 'AReq',
    messageVersion: '2.2.0',
    threeDSServerTransID: randomUUID(),
    threeDSServerRefNumber: 'TEST',
    threeDSServerURL: 'http://127.0.0.1:9/results',
    threeDSRequestorID: bank.merchant,
    threeDSRequestorName: 'Test shop',
    threeDSRequestorURL: 'https://shop.example',
    threeDSCompInd: 'Y',
    threeDSRequestorAuthenticationInd: '01',
    acctNumber: '4242424242424242',
    deviceChannel: '02',
    messageCategory: '01',
    notificationURL: NOTIFICATION_URL,
    browserAcceptHeader: 'text/html',
    browserJavascriptEnabled: true,
    browserJavaEnabled: false,
    browserColorDepth: '24',
    browserScreenHeight: '800',
    browserScreenWidth: '1280',
    browserTZ: '-60',
    browserLanguage: 'en-GB',
    browserUserAgent: 'Mozilla/5.0',
    browserIP: '198.51.100.7',
    acquirerBIN: '400000',
    acquirerMerchantID: bank.merchant,
    mcc: '5712',
    merchantCountryCode: '826',
    merchantName: 'Test shop',
    cardExpiryDate: '3012',
    purchaseAmount: '1000',
    purchaseCurrency: '826',
    purchaseExponent: '2',
    purchaseDate: '20261122120000',
    ...more,
  }
}

/** The same without a payment. */
export function areqWithoutPayment(bank: Bank, more: Body = {}): Body {
  const purchase = { purchaseAmount: undefined, purchaseCurrency: undefined, purchaseExponent: undefined }
  return areq(bank, { ...purchase, purchaseDate: undefined, messageCategory: '02', ...more })
}

export function wishes(switches: string, locale?: string): Body {
  const data = { switches, ...(locale ? { locale } : {}) }
  return {
    messageExtension: [{ name: 'Sluice simulator', id: 'sluice-simulator', criticalityIndicator: false, data }],
  }
}

/** Form member `creq`. */
export function creqFor(ares: Body, more: Body = {}): string {
  return base64UrlOfJson({
    messageType: 'CReq',
    messageVersion: ares['messageVersion'],
    threeDSServerTransID: ares['threeDSServerTransID'],
    acsTransID: ares['acsTransID'],
    challengeWindowSize: '02',
    ...more,
  })
}

/** Opens the challenge as a browser does; resolves to the page's address. */
export async function openChallenge(ares: Body, more: Body = {}, sessionData = 'session'): Promise<Response> {
  return fetch(ares['acsURL'] as string, {
    method: 'POST',
    body: new URLSearchParams({ creq: creqFor(ares, more), threeDSSessionData: sessionData }),
  })
}

export function press(pageUrl: string, form: Record<string, string>): Promise<Response> {
  return fetch(pageUrl, { method: 'POST', body: new URLSearchParams(form) })
}

/** What the last page of a challenge would send, and where. */
export async function leaving(
  response: Response,
): Promise<{ to: string; cres: Body; sessionData: string | undefined }> {
  const html = await response.text()
  const value = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1]
  return {
    to: /<form method="post" action="([^"]+)" id="onward">/.exec(html)?.[1] ?? '',
    cres: jsonOfBase64Url(value('cres') ?? '') as Body,
    sessionData: value('threeDSSessionData'),
  }
}
