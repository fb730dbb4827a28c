import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMessage } from '@sluice/core/three-ds/check'
import { base64UrlOfJson, jsonOfBase64Url } from '@sluice/core/three-ds/encoding'
import { holdTime } from '../../../test/support/held-time.ts'
import { type Bank, type Body, startBank, startOwnBank } from './support.ts'
import {
  areq,
  askDs,
  leaving,
  NOTIFICATION_URL,
  openChallenge,
  press,
  receipt,
  type ResultTaker,
  takeResults,
  wishes,
} from './three-ds-support.ts'

const LATER = '2026-11-22T12:15:00.000Z'

async function challenge(bank: Bank, taker: ResultTaker, more: Body = {}): Promise<{ ares: Body; page: Response }> {
  const ares = await askDs(bank, areq(bank, { threeDSServerURL: taker.url, ...more }))
  assert.equal(ares['transStatus'], 'C', JSON.stringify(ares))
  return { ares, page: await openChallenge(ares) }
}

test('the right password authenticates: the result goes to the 3DS Server before the browser goes back', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const { ares, page } = await challenge(bank, taker)
  assert.equal(page.status, 200)
  assert.match(page.url, /\/3ds\/acs\/challenge\/[\w-]{22}$/)
  assert.equal(taker.results.length, 0)

  const done = await press(page.url, { action: 'continue', password: 'Checkout1!' })
  const [rreq] = taker.results
  assert.ok(rreq && 'message' in readMessage('RReq', rreq), JSON.stringify(rreq))
  assert.equal(rreq['transStatus'], 'Y')
  assert.equal(rreq['eci'], '05')
  assert.equal(Buffer.from(rreq['authenticationValue'], 'base64').length, 20)
  assert.deepEqual(
    ['threeDSServerTransID', 'dsTransID', 'acsTransID', 'messageVersion'].map((name) => rreq[name]),
    ['threeDSServerTransID', 'dsTransID', 'acsTransID', 'messageVersion'].map((name) => ares[name]),
  )
  assert.deepEqual([rreq['interactionCounter'], rreq['challengeCancel']], ['01', undefined])

  const { to, cres, sessionData } = await leaving(done)
  assert.equal(to, NOTIFICATION_URL)
  assert.equal(sessionData, 'session')
  assert.deepEqual(cres, {
    messageType: 'CRes',
    messageVersion: '2.2.0',
    threeDSServerTransID: ares['threeDSServerTransID'],
    acsTransID: ares['acsTransID'],
    transStatus: 'Y',
  })
})

test('in 2.3.1 methods of authentication are a list', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const { page } = await challenge(bank, taker, { messageVersion: '2.3.1' })
  await press(page.url, { action: 'continue', password: 'Checkout1!' })
  assert.deepEqual(taker.results[0]?.['authenticationMethod'], ['01'])
  assert.ok('message' in readMessage('RReq', taker.results[0]))
})

test('a wrong password, Cancel and the rows of the cards come to what they should', async (t) => {
  const bank = await startBank(t)
  for (const [acctNumber, form, status, cancel] of [
    ['4242424242424242', { action: 'continue', password: 'checkout1!' }, 'N', undefined],
    ['4242424242424242', { action: 'cancel' }, 'N', '01'],
    ['5385308360135181', { action: 'continue', password: 'Checkout1!' }, 'Y', undefined],
    ['4152868552773614', { action: 'continue', password: 'Checkout1!' }, 'A', undefined],
    ['4150561000000019', { action: 'continue', password: 'Checkout1!' }, 'R', undefined],
    ['4243754271700719', { action: 'continue', password: 'Checkout1!' }, 'N', undefined],
  ] as const) {
    const taker = await takeResults(t)
    const { page } = await challenge(bank, taker, { acctNumber })
    const { cres } = await leaving(await press(page.url, form))
    assert.equal(cres['transStatus'], status, acctNumber)
    const [rreq] = taker.results
    assert.ok('message' in readMessage('RReq', rreq), JSON.stringify(rreq))
    assert.deepEqual([rreq?.['transStatus'], rreq?.['challengeCancel']], [status, cancel])
    assert.equal(rreq?.['authenticationValue'] !== undefined, status === 'Y' || status === 'A')
  }
})

test('the page keeps its frozen contract in all three kinds', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const html = async (more: Body) => (await (await challenge(bank, taker, more)).page.text()).replaceAll('\n', ' ')
  const password = await html({})
  const otp = await html(wishes('challenge.kind:otp'))
  const oob = await html(wishes('challenge.kind:oob'))
  assert.match(password, /<input [^>]*type="password"/)
  assert.match(otp, /<input [^>]*autocomplete="one-time-code"/)
  assert.doesNotMatch(oob, /<input/)
  assert.match(oob, /<button type="submit"[^>]*>I have approved in my app<\/button>/)
  for (const [kind, page] of [
    ['password', password],
    ['otp', otp],
    ['oob', oob],
  ] as const) {
    assert.match(page, new RegExp(`<main [^>]*data-challenge="${kind}"`))
    assert.equal(page.match(/type="submit"/g)?.length, 1)
    assert.match(page, /<button name="action" value="cancel">Cancel<\/button>/)
    if (kind !== 'oob') assert.match(page, /<button type="submit"[^>]*>Continue<\/button>/)
    for (const fact of ['Test shop', '10.00 GBP', 'VISA •••• 4242']) assert.ok(page.includes(fact), fact)
    assert.doesNotMatch(page, /<script| on[a-z]+=/i)
  }
})

test('a one-time code may be typed wrong twice, and an empty answer is none', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const { page } = await challenge(bank, taker, wishes('challenge.kind:otp'))
  for (const code of ['000000', '', '111111']) {
    const again = await press(page.url, { action: 'continue', code })
    assert.match(await again.text(), /data-challenge="otp"/)
  }
  assert.match(await (await fetch(`${page.url}?wrong`)).text(), /role="alert"/)
  await press(page.url, { action: 'continue', code: '123456' })
  assert.deepEqual([taker.results[0]?.['transStatus'], taker.results[0]?.['interactionCounter']], ['Y', '03'])

  const other = await takeResults(t)
  const { page: lost } = await challenge(bank, other, wishes('challenge.kind:otp'))
  for (const code of ['1', '2', '3', '123456']) await press(lost.url, { action: 'continue', code })
  assert.deepEqual(
    other.results.map((rreq) => rreq['transStatus']),
    ['N'],
  )
})

test('out of band, the page goes on when the shopper says he has approved', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const { page } = await challenge(bank, taker, wishes('challenge.kind:oob'))
  await press(page.url, { action: 'continue', password: 'Checkout1!' })
  assert.equal(taker.results.length, 0)
  await press(page.url, { action: 'approved' })
  assert.deepEqual([taker.results[0]?.['transStatus'], taker.results[0]?.['authenticationType']], ['Y', '03'])
})

test('the page answers by itself when it is told to', async (t) => {
  const bank = await startBank(t)
  for (const [word, status, cancel, reason] of [
    ['approve', 'Y', undefined, undefined],
    ['fail', 'N', undefined, '01'],
    ['cancel', 'N', '01', '01'],
    ['timeout', 'N', '04', '14'],
  ] as const) {
    const taker = await takeResults(t)
    const { page } = await challenge(bank, taker, wishes(`challenge:${word}`))
    assert.match(await page.text(), /id="onward"/)
    await press(page.url, { action: 'auto' })
    const [rreq] = taker.results
    assert.deepEqual(
      [rreq?.['transStatus'], rreq?.['challengeCancel'], rreq?.['transStatusReason']],
      [status, cancel, reason],
    )
  }
  const taker = await takeResults(t)
  const { page } = await challenge(bank, taker)
  await press(page.url, { action: 'auto' })
  assert.equal(taker.results.length, 0)
})

test('opened twice, reloaded or answered again, a finished authentication stays what it is', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const { ares, page } = await challenge(bank, taker)
  const right = { action: 'continue', password: 'Checkout1!' }
  await Promise.all([press(page.url, right), press(page.url, { action: 'cancel' }), press(page.url, right)])
  const [first] = taker.results
  assert.ok(first)
  for (const answer of [
    await press(page.url, right),
    await press(page.url, { action: 'cancel' }),
    await fetch(page.url),
    await openChallenge(ares, {}, 'another session'),
  ]) {
    const { cres, sessionData } = await leaving(answer)
    assert.equal(cres['transStatus'], first['transStatus'])
    assert.equal(sessionData, 'session')
  }
  assert.equal(taker.results.length, 1)
})

test('an answer after fifteen minutes of the merchant’s time is a time-out', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const { page } = await challenge(bank, taker)
  await askDs(bank, areq(bank), LATER)
  const { cres } = await leaving(await press(page.url, { action: 'continue', password: 'Checkout1!' }))
  assert.equal(cres['transStatus'], 'N')
  assert.equal(taker.results[0]?.['challengeCancel'], '04')
})

test('a result is sent once more when it did not arrive, and no third time', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  taker.answer = (rreq) =>
    taker.results.length === 1 ? { status: 503, body: {} } : { status: 200, body: receipt(rreq) }
  const { page } = await challenge(bank, taker)
  await press(page.url, { action: 'cancel' })
  assert.equal(taker.results.length, 2)
  assert.deepEqual(taker.results[0], taker.results[1])

  const deaf = await takeResults(t)
  deaf.answer = () => ({ status: 500, body: {} })
  const { page: other } = await challenge(bank, deaf)
  const { cres } = await leaving(await press(other.url, { action: 'cancel' }))
  assert.equal(deaf.results.length, 2)
  assert.equal(cres['transStatus'], 'N')
  await fetch(other.url)
  assert.equal(deaf.results.length, 2)
})

test('a result can be lost, or come after the browser', async (t) => {
  const time = holdTime()
  const bank = await startOwnBank(t, undefined, time.startTimer)
  const lost = await takeResults(t)
  const one = await challenge(bank, lost, wishes('rreq:lost challenge:approve'))
  const { cres } = await leaving(await press(one.page.url, { action: 'auto' }))
  assert.equal(cres['transStatus'], 'Y')
  assert.equal(lost.results.length, 0)

  const late = await takeResults(t)
  const arrived = new Promise<void>((resolve) => {
    late.answer = (rreq) => {
      resolve()
      return { status: 200, body: receipt(rreq) }
    }
  })
  const two = await challenge(bank, late, wishes('rreq:late'))
  const back = await leaving(await press(two.page.url, { action: 'continue', password: 'Checkout1!' }))
  assert.equal(back.cres['transStatus'], 'Y')
  assert.deepEqual([late.results.length, time.waiting()], [0, [3000]])
  time.pass()
  await arrived
  assert.equal(late.results.length, 1)
})

test('an answer that was not told when the bank closed is told when it opens again', async (t) => {
  const bank = await startOwnBank(t, undefined, holdTime().startTimer)
  const taker = await takeResults(t)
  let reached: () => void = () => {}
  const asked = new Promise<void>((resolve) => {
    reached = resolve
  })
  taker.answer = (rreq) => {
    reached()
    return { status: 200, body: receipt(rreq) }
  }
  const { page } = await challenge(bank, taker, wishes('rreq:late'))
  await press(page.url, { action: 'continue', password: 'Checkout1!' })
  await bank.close()
  const next = await startOwnBank(t, bank.databaseUrl)
  await asked
  const { cres } = await leaving(await fetch(next.url + new URL(page.url).pathname))
  assert.equal(cres['transStatus'], 'Y')
  assert.deepEqual(
    taker.results.map((rreq) => rreq['transStatus']),
    ['Y'],
  )
})

test('decoupled, the result comes without a page', async (t) => {
  const time = holdTime()
  const bank = await startOwnBank(t, undefined, time.startTimer)
  const taker = await takeResults(t)
  const told = new Promise<Body>((resolve) => {
    taker.answer = (rreq) => {
      resolve(rreq)
      return { status: 200, body: receipt(rreq) }
    }
  })
  const more = { threeDSServerURL: taker.url, threeDSRequestorDecReqInd: 'Y', threeDSRequestorDecMaxTime: '00010' }
  const ares = await askDs(bank, areq(bank, { ...more, ...wishes('transstatus:D') }))
  assert.deepEqual([ares['transStatus'], ares['acsDecConInd'], ares['acsURL']], ['D', 'Y', undefined])
  assert.ok('message' in readMessage('ARes', ares))
  assert.deepEqual([taker.results.length, time.waiting()], [0, [2000]])
  time.pass()
  const rreq = await told
  assert.deepEqual([rreq['transStatus'], rreq['authenticationType'], rreq['eci']], ['Y', '04', '05'])
  assert.equal((await openChallenge({ ...ares, acsURL: `${bank.url}/3ds/acs/challenge` })).status, 404)
})

test('a bad challenge request goes back as an Erro, and one of nobody is a page that does not exist', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const { ares } = await challenge(bank, taker)
  for (const [more, code, detail] of [
    [{ challengeWindowSize: undefined }, '201', 'challengeWindowSize'],
    [{ challengeWindowSize: '06' }, '203', 'challengeWindowSize'],
    [{ messageVersion: '2.1.0' }, '102', '2.2.0,2.3.1'],
    [{ messageVersion: '2.3.1' }, '301', 'threeDSServerTransID,acsTransID,messageVersion'],
    [{ threeDSServerTransID: crypto.randomUUID() }, '301', 'threeDSServerTransID,acsTransID,messageVersion'],
    [{ messageType: 'AReq' }, '101', 'This is no CReq.'],
  ] as const) {
    const { to, cres } = await leaving(await openChallenge(ares, more))
    assert.equal(to, NOTIFICATION_URL)
    assert.deepEqual(
      [cres['messageType'], cres['errorCode'], cres['errorComponent'], cres['errorDetail']],
      ['Erro', code, 'A', detail],
    )
  }
  const unknown = await openChallenge(ares, { acsTransID: crypto.randomUUID() })
  assert.equal(unknown.status, 404)
  for (const creq of ['', '%', base64UrlOfJson('x'), base64UrlOfJson(null)]) {
    assert.equal((await press(ares['acsURL'], { creq })).status, 404, creq)
  }
  assert.equal((await openChallenge(ares, {}, 'x'.repeat(1024))).status, 200)
  assert.equal(
    (await leaving(await openChallenge(ares, {}, 'x'.repeat(1025)))).cres['errorDetail'],
    'threeDSSessionData',
  )
  for (const token of ['AAAAAAAAAAAAAAAAAAAAAA', 'x', '%00']) {
    assert.equal((await fetch(`${bank.url}/3ds/acs/challenge/${token}`)).status, 404)
    assert.equal((await press(`${bank.url}/3ds/acs/challenge/${token}`, { action: 'cancel' })).status, 404)
  }
  assert.equal(taker.results.length, 0)
})

test('the method page says that it was there, or hangs', async (t) => {
  const bank = await startBank(t)
  const url = `${bank.url}/3ds/acs/method`
  const threeDSServerTransID = crypto.randomUUID()
  const threeDSMethodNotificationURL = 'http://localhost:9/method/token?a=1&b="2"'
  const ask = (data: unknown) => press(url, { threeDSMethodData: base64UrlOfJson(data) })
  const page = await ask({ threeDSServerTransID, threeDSMethodNotificationURL })
  const html = await page.text()
  assert.ok(html.includes('action="http://localhost:9/method/token?a=1&amp;b=&quot;2&quot;"'))
  const told = /name="threeDSMethodData" value="([^"]+)"/.exec(html)?.[1] ?? ''
  assert.deepEqual(jsonOfBase64Url(told), { threeDSServerTransID })
  assert.match(html, /<script>document/)
  assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'sha256-[^']+'/)

  const hanging = await ask({ threeDSServerTransID, threeDSMethodNotificationURL, ...wishes('method:hang') })
  assert.equal(hanging.status, 200)
  assert.doesNotMatch(await hanging.text(), /<form|<script/)
  const to = (url: string) => ({ threeDSServerTransID, threeDSMethodNotificationURL: url })
  for (const bad of [{}, null, to('javascript:alert(1)'), to('https://elsewhere.example/'), to('http://10.0.0.1/')]) {
    assert.equal((await ask(bad)).status, 404)
  }
})

test('the page speaks the shopper’s language', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  for (const [locale, title] of [
    ['de-DE', 'Zahlung bestätigen'],
    ['pt-BR', 'Confirme o seu pagamento'],
    ['ar', 'تأكيد الدفع'],
    ['pl-PL', 'Confirm your payment'],
  ] as const) {
    const { page } = await challenge(bank, taker, { browserLanguage: 'en-US', ...wishes('', locale) })
    assert.ok((await page.text()).includes(title), locale)
  }
  const { page } = await challenge(bank, taker, { browserLanguage: 'fr-CA' })
  assert.ok((await page.text()).includes('Confirmez votre paiement'))
})
