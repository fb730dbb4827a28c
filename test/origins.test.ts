/** Whose pages may hold the frames of a public key: on the command line, and in a browser that has to keep to it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { origins, parentOrigins } from '@sluice/cli/origins'
import { parentOrigin } from '@sluice/server/operations/origins'
import { openPage } from './support/browser.ts'
import { flowFolder } from './support/flow-folder.ts'
import { framingPage } from './support/framing-page.ts'
import { eventually, startSluice } from './support/sluice.ts'

test('an origin is scheme, host and port, as browsers write it; in production with HTTPS', () => {
  const right: [given: string, kept: string][] = [
    ['https://shop.example', 'https://shop.example'],
    [' https://Shop.Example/ ', 'https://shop.example'],
    ['https://shop.example:443', 'https://shop.example'],
    ['https://shop.example:8443', 'https://shop.example:8443'],
    ['https://käse.example', 'https://xn--kse-qla.example'],
    ['https://192.0.2.7', 'https://192.0.2.7'],
  ]
  for (const [given, kept] of right) {
    assert.equal(parentOrigin(given, 'production'), kept)
    assert.equal(parentOrigin(given, 'sandbox'), kept)
  }
  assert.equal(parentOrigin('http://localhost:4245', 'sandbox'), 'http://localhost:4245')
  assert.equal(parentOrigin('http://shop.example', 'production'), undefined)
  const wrong = [
    '',
    'null',
    '*',
    'shop.example',
    'https://*.shop.example',
    'https://shop.example/checkout',
    'https://shop.example?x',
    'https://user@shop.example',
    "https://shop.example;script-src'unsafe-inline'",
    'https://a,b',
    'ftp://shop.example',
    'data:text/html,x',
    'https://[::1]',
  ]
  for (const given of wrong) assert.equal(parentOrigin(given, 'sandbox'), undefined, given)
  assert.throws(() => parentOrigins({ mode: 'production' }, '--add', ['http://shop.example']), {
    message: /^--add must be an https origin such as https:\/\/shop\.example.*got "http:\/\/shop\.example"/,
  })
})

test('origins of a public key are added, removed and shown', async (t) => {
  const sluice = await startSluice(t)
  const { body: world } = await sluice.post('/sandbox/worlds', {})
  const run = (request: Omit<Parameters<typeof origins>[1], 'key'>, key = world.public_key) =>
    origins(sluice.config, { key, ...request })

  assert.deepEqual(await run({}), { key: `pk_sbox_…${world.public_key.slice(-4)}`, origins: [] })
  const added = await run({ add: ['https://b.example', 'https://a.example/', 'https://b.example'] })
  assert.deepEqual(added.origins, ['https://a.example', 'https://b.example'])
  const changed = await run({ add: ['https://c.example'], remove: ['https://a.example', 'https://absent.example'] })
  assert.deepEqual(changed.origins, ['https://b.example', 'https://c.example'])
  assert.deepEqual((await run({})).origins, ['https://b.example', 'https://c.example'])
  await assert.rejects(run({ add: ['https://x/path'] }), /--add must be an origin/)
  for (const key of [world.secret_key, 'pk_sbox_aaaaaaaaaaaaaaaaaaaaaaaaaaa', '']) {
    await assert.rejects(run({}, key), /No public key of this database/)
  }
})

test('in Chromium, a page that is not on the list gets no frame', async (t) => {
  const sluice = await startSluice(t, { flow: flowFolder(t) })
  const listed = await framingPage(t)
  const foreign = await framingPage(t)
  const { body: world } = await sluice.post('/sandbox/worlds', {})
  const frame = `${sluice.urls.frames}/frame/fields?key=${world.public_key}`

  await t.test('nobody named: in sandbox any page may hold it', async (t) => {
    assert.equal(await holds(t, foreign, frame), true)
  })

  await origins(sluice.config, { key: world.public_key, add: [listed] })
  // A key is remembered for a few seconds.
  await eventually(async () => (await fetch(frame)).headers.get('content-security-policy')?.includes('frame-ancestors'))

  await t.test('a page on the list holds it', async (t) => {
    assert.equal(await holds(t, listed, frame), true)
  })

  await t.test('another page is refused, and so is one that puts a listed page between', async (t) => {
    assert.equal(await holds(t, foreign, frame), false)
    assert.equal(await holds(t, foreign, `${listed}/?frame=${encodeURIComponent(frame)}`), false)
  })
})

/** Whether a page of this origin ends up with the fields document in it, its script and its styles at work. */
async function holds(t: TestContext, origin: string, frame: string): Promise<boolean> {
  const page = await openPage(t, {}, { expected: /frame-ancestors/ })
  await page.goto(`${origin}/?frame=${encodeURIComponent(frame)}`, { waitUntil: 'load' })
  for (const inner of page.frames()) {
    const loaded = await inner
      .evaluate('[document.documentElement.dataset.loaded, getComputedStyle(document.body).color].join(" ")')
      .catch(() => undefined)
    if (loaded === 'fields rgb(1, 2, 3)') return true
  }
  return false
}
