/** Behind a balancer: where a shopper comes from is believed of those who were named, and of nobody else. */
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { makeSessionData } from '@sluice/sealing/make'
import { readConfig } from '@sluice/server/config'
import { CARDS } from './support/cards.ts'
import { flowFolder } from './support/flow-folder.ts'
import { PUBLIC_KEY, type Sluice, startSluice } from './support/sluice.ts'

const SHOPPER = '203.0.113.7'
const LOOPBACK = readConfig({ SLUICE_TRUSTED_PROXIES: '127.0.0.0/8, ::1, 198.51.100.0/24' }).trustedProxies
const STRANGERS = readConfig({ SLUICE_TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8' }).trustedProxies

/** `payment_ip` of a payment whose card frame was opened with this header: it travels in the frame's ticket. */
async function ticketAddress(sluice: Sluice, forwardedFor?: string): Promise<string> {
  const html = await (
    await fetch(`${sluice.urls.frames}/frame/keeper?key=${PUBLIC_KEY}`, {
      headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
    })
  ).text()
  const ticket = /name="sluice-ticket" content="([^"]+)"/.exec(html)?.[1] as string
  const session = await sluice.requestSession()
  const session_data = await makeSessionData({
    framesUrl: sluice.urls.frames,
    sessionId: session.id,
    secret: session.payment_session_secret,
    card: CARDS.approved,
    browser: { ticket },
  })
  const { body } = await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data })
  return (await sluice.payment(body.id)).payment_ip
}

/** `payment_ip` of a payment that the shopper's browser submitted with this header, on the API. */
async function submitAddress(sluice: Sluice, forwardedFor: string): Promise<string> {
  const session = await sluice.requestSession()
  const body = { session_data: await sluice.seal(session, CARDS.approved) }
  const answer = await sluice.post(`/payment-sessions/${session.id}/submit`, body, {
    authorization: `Bearer ${PUBLIC_KEY}`,
    'sluice-session-secret': session.payment_session_secret,
    'x-forwarded-for': forwardedFor,
  })
  assert.equal(answer.status, 201, answer.text)
  return (await sluice.payment(answer.body.id)).payment_ip
}

/** How many of eight requests at once, of as many addresses as a header can name, are refused with 429. */
async function refusedOf(url: string): Promise<number> {
  const one = (at: number) => fetch(url, { headers: { 'x-forwarded-for': `203.0.113.${at}` } })
  const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => one(at)))
  return answers.filter(({ status }) => status === 429).length
}

/** `fetch` does not let its caller write `Host`. */
function statusFor(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end()
  })
}

test('an address that a stranger forges changes nothing', async (t) => {
  const limits = { ...readConfig({}).limits, perAddressPerSecond: 3 }
  for (const trustedProxies of [readConfig({}).trustedProxies, STRANGERS]) {
    const sluice = await startSluice(t, { flow: flowFolder(t), config: { trustedProxies } })
    assert.match(await ticketAddress(sluice, SHOPPER), /^(::ffff:)?127\.0\.0\.1$|^::1$/)
    assert.match(await submitAddress(sluice, SHOPPER), /^(::ffff:)?127\.0\.0\.1$|^::1$/)
  }
  const limited = await startSluice(t, { config: { limits, trustedProxies: STRANGERS } })
  assert.ok((await refusedOf(`${limited.urls.frames}/frame/sealing-keys`)) >= 1)
  assert.ok((await refusedOf(`${limited.urls.api}/.well-known/sluice`)) >= 1)
})

test('the shopper’s address is the one that a trusted balancer names', async (t) => {
  const sluice = await startSluice(t, { flow: flowFolder(t), config: { trustedProxies: LOOPBACK } })
  t.afterEach(() => sluice.assertSound())

  await t.test('in the ticket of a card frame, and of a browser that submits', async () => {
    assert.equal(await ticketAddress(sluice, SHOPPER), SHOPPER)
    assert.equal(await submitAddress(sluice, SHOPPER), SHOPPER)
    assert.equal(await submitAddress(sluice, '2001:db8::7'), '2001:db8::7')
  })

  await t.test('what the shopper wrote before it is not believed, what another balancer wrote is', async () => {
    assert.equal(await submitAddress(sluice, `192.0.2.1, ${SHOPPER}`), SHOPPER)
    assert.equal(await submitAddress(sluice, `192.0.2.1, ${SHOPPER}, 198.51.100.9`), SHOPPER)
  })

  await t.test('a port behind it is left out; what is no address names nobody', async () => {
    assert.equal(await submitAddress(sluice, `${SHOPPER}:49152`), SHOPPER)
    assert.equal(await submitAddress(sluice, '[2001:db8::7]:49152'), '2001:db8::7')
    for (const nobody of ['unknown', '', '999.1.1.1', '"><script>', 'x'.repeat(5000)]) {
      assert.match(await ticketAddress(sluice, nobody), /^(::ffff:)?127\.0\.0\.1$|^::1$/)
    }
  })

  await t.test('a host or scheme that it names is nobody’s: neither checked nor in any URL', async () => {
    const { api, frames } = sluice.urls
    const forged = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
    }
    for (const url of [`${api}/health/live`, `${frames}/health/live`]) {
      assert.equal(await statusFor(url, forged), 200)
      assert.equal(await statusFor(url, { host: 'evil.example', 'x-forwarded-host': 'localhost' }), 421)
    }
    const origin = { ...forged, origin: 'https://evil.example' }
    assert.equal(await statusFor(`${frames}/frame/sealing-keys`, origin), 403)
    const created = await sluice.post(
      '/payment-sessions',
      {
        amount: 1000,
        currency: 'GBP',
        billing: { address: { country: 'GB' } },
        success_url: 'https://shop.example/s',
        failure_url: 'https://shop.example/f',
        '3ds': { enabled: true },
      },
      forged,
    )
    assert.equal(created.status, 201, created.text)
    const submitted = await sluice.submit(created.body, CARDS.approved)
    assert.equal(submitted.status, 202)
    const wellKnown = await sluice.get('/.well-known/sluice', forged)
    assert.doesNotMatch(created.text + submitted.text + wellKnown.text, /evil\.example|https:\/\/localhost/)
  })
})

test('each shopper behind a trusted balancer is counted alone', async (t) => {
  const limits = { ...readConfig({}).limits, perAddressPerSecond: 3 }
  const sluice = await startSluice(t, { config: { limits, trustedProxies: LOOPBACK } })
  for (const url of [`${sluice.urls.frames}/frame/sealing-keys`, `${sluice.urls.api}/.well-known/sluice`]) {
    assert.equal(await refusedOf(url), 0)
    const same = await Promise.all(
      Array.from({ length: 8 }, () => fetch(url, { headers: { 'x-forwarded-for': SHOPPER } })),
    )
    assert.ok(same.some(({ status }) => status === 429))
  }
})
