/** The keeper in a browser, driven by a page that speaks the protocol with nothing of our page script. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { builtFlow } from '@sluice/flow/built'
import { approveRedirect, completeChallenge } from '@sluice/testing/playwright'
import { chromium, type Page } from 'playwright-core'
import { type Json, PUBLIC_KEY, type Session, type Sluice, startSluice } from '../../../../test/support/sluice.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
/** A name that is not localhost: what stands below a page of it over http has no WebCrypto. */
const PLAIN_HOST = 'shop.test'

const PAGE_SCRIPT = `
const heard = []
const ports = {}
function open(role, start, { before = [] } = {}) {
  const iframe = document.createElement('iframe')
  iframe.name = role
  iframe.src = FRAMES + '/frame/' + role + '?key=' + KEY
  return new Promise((resolve) => {
    iframe.onload = () => {
      for (const message of before) iframe.contentWindow.postMessage(message, FRAMES)
      const { port1, port2 } = new MessageChannel()
      ports[role] = port1
      port1.onmessage = ({ data }) => {
        heard.push([role, data])
        if (data.type === 'connected') resolve()
      }
      iframe.contentWindow.postMessage({ type: 'sluice:connect', role, instance: 'i1', ...start }, FRAMES, [port2])
    }
    document.body.append(iframe)
  })
}
let asked = 0
function ask(what) {
  const id = ++asked
  ports.keeper.postMessage({ type: 'ask', id, ask: what })
  return until((role, { id: about }) => about === id).then(([, { value, refusal }]) => value ?? { refusal })
}
async function until(isIt) {
  for (;;) {
    const found = heard.find(([role, data]) => isIt(role, data))
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}`

/** A Sluice, and a shop's page beside it. The browser is closed first: its open connections would hold the server up. */
async function start(
  t: TestContext,
  { host = 'localhost', ...options }: { host?: string; authentication?: 'integrated' } = {},
): Promise<{ sluice: Sluice; page: Page }> {
  const browser = await chromium.launch({
    ...(CHROMIUM && { executablePath: CHROMIUM }),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`],
  })
  t.after(() => browser.close())
  const sluice = await startSluice(t, { flow: await builtFlow(), ...options })
  const shop = createServer((_request, reply) => {
    const settings = `const FRAMES = ${JSON.stringify(sluice.urls.frames)}, KEY = '${PUBLIC_KEY}'`
    reply
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><title>Shop</title><body><script>${settings}\n${PAGE_SCRIPT}</script>`)
  })
  await new Promise<void>((done) => shop.listen(0, '127.0.0.1', done))
  t.after(() => {
    shop.closeAllConnections()
    shop.close()
  })
  const page = await browser.newPage()
  await page.goto(`http://${host}:${(shop.address() as AddressInfo).port}/`)
  return { sluice, page }
}

/** Runs a line in the page, where `open`, `ask`, `until`, `heard` and `ports` are. */
function run(page: Page, line: string): Promise<Json> {
  return page.evaluate(`(async () => { ${line} })()`)
}

async function openForm(page: Page, session: Session): Promise<void> {
  const { id, payment_session_secret } = session
  const start = { session: { id, payment_session_secret } }
  await run(page, `await open('keeper', ${JSON.stringify(start)})`)
  const fields = ['name', 'number', 'expiry', 'cvv']
  await run(
    page,
    `ports.keeper.postMessage({ type: 'open-form', form: 'f1', options: { fields: ${JSON.stringify(fields)} } })
     await open('fields', { form: 'f1', fields: ${JSON.stringify(fields)}, appearance: {} })
     await until((role, data) => data.type === 'ready')`,
  )
}

async function typeCard(page: Page, number: string): Promise<void> {
  const fields = page.frameLocator('iframe[name="fields"]')
  await fields.getByTestId('cardholder-name').fill('Ada Lovelace')
  await fields.getByTestId('card-number').pressSequentially(number)
  await fields.getByTestId('card-expiry-date').pressSequentially('1232')
  await fields.getByTestId('card-cvv').pressSequentially('100')
}

const PAY = `ask({ what: 'pay', method: 'card', form: 'f1', displayed: { amount: 1000, currency: 'GBP' } })`

test('a card typed into the fields is looked up, sealed, submitted and approved, and the page never sees it', async (t) => {
  const { sluice, page } = await start(t)
  await openForm(page, await sluice.requestSession({ locale: 'de-DE' }))

  const [session, texts] = await run(
    page,
    `return [await until((role, { type }) => type === 'session'), await until((role, { type }) => type === 'texts')]`,
  )
  assert.deepEqual([session[1].session.amount, session[1].session.currency], [1000, 'GBP'])
  assert.deepEqual([texts[1].locale, texts[1].dir, texts[1].texts['card']], ['de-DE', 'ltr', 'Karte'])

  assert.deepEqual(await run(page, `return ask({ what: 'check', form: 'f1', reveal: false })`), {
    valid: false,
    wrong: 'name',
  })
  await typeCard(page, '4242424242424242')
  assert.deepEqual(await run(page, `return ask({ what: 'check', form: 'f1', reveal: false })`), { valid: true })
  const [, bin] = await run(page, `return until((role, { type }) => type === 'bin')`)
  assert.deepEqual([bin.metadata.bin, bin.metadata.scheme.toLowerCase()], ['42424242', 'visa'])

  const token = await run(page, `return ask({ what: 'tokenize', form: 'f1' })`)
  assert.match(token.token, /^tok_/)
  const answer = await run(page, `return ${PAY}`)
  assert.equal(answer.status, 'Approved')
  assert.equal((await sluice.payment(answer.id)).id, answer.id)
  // The card has paid and is gone: a page that asks once more finds nothing to seal.
  const again = await run(page, `return ${PAY}`)
  assert.deepEqual([again.refusal.fate, again.refusal.status], ['safe', undefined])

  // Of the card eight digits and what the token's answer says; of the form nothing else.
  const seen = JSON.stringify(await run(page, 'return heard'))
  assert.equal(/42424242\d|"100"/.test(seen), false, 'the number or the security code reached the page')
})

test('a keeper believes one message of its own role, with a port, and no second one', async (t) => {
  const { page } = await start(t)
  const wrong = [
    { type: 'sluice:connect', role: 'fields' },
    { type: 'other', role: 'keeper' },
    'sluice:connect',
    null,
    { type: 'sluice:connect', role: 'keeper', instance: 'without a port' },
  ]
  await run(page, `await open('keeper', {}, { before: ${JSON.stringify(wrong)} })`)
  const second = await run(
    page,
    `const { port1, port2 } = new MessageChannel()
     let answered = false
     port1.onmessage = () => { answered = true }
     frames[0].postMessage({ type: 'sluice:connect', role: 'keeper', instance: 'i2' }, FRAMES, [port2])
     await until((role, { type }) => type === 'texts')
     await new Promise((resolve) => setTimeout(resolve, 200))
     return answered`,
  )
  assert.equal(second, false)
  const refused = await run(page, `return ask({ what: 'session' })`)
  assert.deepEqual(refused, { refusal: { code: 'payment_session_invalid', fate: 'safe' } })
})

test('below a plain-http page that is not localhost a card is sealed all the same, with one warning', async (t) => {
  const { sluice, page } = await start(t, { host: PLAIN_HOST })
  const warnings: string[] = []
  page.on('console', (message) => {
    if (message.text().includes('[sluice]')) warnings.push(message.text())
  })
  await openForm(page, await sluice.requestSession())
  const keeper = page.frames().find((frame) => frame.url().includes('/frame/keeper'))
  assert.equal(await keeper?.evaluate('typeof crypto.subtle'), 'undefined')
  await typeCard(page, '4242424242424242')
  assert.equal((await run(page, `return ${PAY}`)).status, 'Approved')
  assert.equal(warnings.length, 1)
})

test('a session that is not there is final trouble; a secret that is not its own too', async (t) => {
  const { sluice, page } = await start(t)
  const session = { id: (await sluice.requestSession()).id, payment_session_secret: 'pss_no' }
  await run(page, `await open('keeper', ${JSON.stringify({ session })})`)
  const [, trouble] = await run(page, `return until((role, { type }) => type === 'trouble')`)
  assert.deepEqual([trouble.final, trouble.refusal.code], [true, 'payment_session_invalid'])
})

/** Whose page it is, and how the shopper ends there. */
const CHALLENGES = [
  ['its processor', { authentication: 'integrated' }, approveRedirect],
  ['the issuer', {}, completeChallenge],
] as const

for (const [whose, options, answerIt] of CHALLENGES) {
  test(`a challenge shows the page of ${whose}, believes the return page in it and nobody else`, async (t) => {
    const { sluice, page } = await start(t, options)
    const session = await sluice.requestSession({ '3ds': { enabled: true } })
    await openForm(page, session)
    await typeCard(page, '4242424242424242')
    const answer = await run(page, `return ${PAY}`)
    assert.equal(answer.status, 'Action Required')
    await run(page, `await open('challenge', { url: ${JSON.stringify(answer.action.url)}, title: 'Your bank' })`)

    // The page may say what it likes: it is not the API, and not below the challenge.
    const forged = { type: 'sluice:returned', url: 'https://thief.example/' }
    await run(page, `frames['challenge'].postMessage(${JSON.stringify(forged)}, FRAMES)`)
    const bank = page.frameLocator('iframe[name="challenge"]').locator('iframe[title="Your bank"]')
    await bank.waitFor()
    await answerIt(page)
    const [, ended] = await run(page, `return until((role, { type }) => type === 'ended')`)
    assert.match(ended.url, /^https:\/\/shop\.example\/success\?.*cko-payment-id=pay_/)
    assert.equal(await run(page, `return heard.filter(([, { type }]) => type === 'ended').length`), 1)
    assert.equal((await run(page, `return ask({ what: 'session' })`)).status, 'Approved')
  })
}
