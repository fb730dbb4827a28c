import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stripTypeScriptTypes } from 'node:module'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openPage } from '../../../test/support/browser.ts'
import type * as flow from '../src/index.ts'
import { CDN_URL, CheckoutLoaderError, loadCheckoutWebComponents } from '../src/index.ts'

/** Sets the global as our script does: what it returns is awaitable and has the methods itself. */
const SCRIPT = `
  window.evaluated = (window.evaluated ?? 0) + 1
  window.CheckoutWebComponents = (options) => {
    const instance = { options }
    return Object.assign(Promise.resolve(instance), instance)
  }`
const INTEGRITY = `sha384-${createHash('sha384').update(SCRIPT).digest('base64')}`

/** A shop that serves our modules itself, and the installation it has the script from. */
let shop: Server
let installation: Server
let requests: string[] = []

before(async () => {
  shop = await listen((path, response) => {
    const url = new URL(path, 'http://shop')
    if (url.pathname.startsWith('/src/')) {
      const source = readFileSync(new URL(`..${url.pathname}`, import.meta.url), 'utf8')
      const script = url.pathname.endsWith('.ts') ? stripTypeScriptTypes(source) : source
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
      return
    }
    const policy = url.searchParams.get('policy')
    response.writeHead(200, { 'content-type': 'text/html', ...(policy && { 'content-security-policy': policy }) })
    response.end('<!doctype html><title>Shop</title>')
  })
  installation = await listen((path, response) => {
    requests.push(path)
    const headers = { 'content-type': 'text/javascript', 'access-control-allow-origin': '*' }
    if (path === '/flow/index.js') response.writeHead(200, headers).end(SCRIPT)
    else if (path === '/empty.js') response.writeHead(200, headers).end('')
    else if (path !== '/never.js') response.writeHead(404).end()
  })
})

after(() => {
  for (const server of [shop, installation]) {
    server.closeAllConnections()
    server.close()
  }
})

async function listen(answer: (path: string, response: ServerResponse) => void): Promise<Server> {
  const server = createServer((request, response) => answer(request.url ?? '/', response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return server
}

function origin(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Where the installation serves a script. */
function at(path: string): string {
  return `${origin(installation)}${path}`
}

/** A page of the shop on which `window.flow` is our module. */
async function open(t: Parameters<typeof openPage>[0], policy = '', expected?: RegExp): Promise<Page> {
  const page = await openPage(t, {}, expected ? { expected } : {})
  requests = []
  await page.goto(`${origin(shop)}/?policy=${encodeURIComponent(policy)}`)
  await page.evaluate(async (module) => {
    Object.assign(window, { flow: await import(module) })
  }, '/src/index.ts')
  return page
}

/** What runs in the page sees these; each is serialised on its own. */
interface ShopWindow {
  flow: typeof flow
  evaluated?: number
}

/** Calls the loader in the page and says how it ended. */
function load(page: Page, settings?: flow.LoaderSettings): Promise<Record<string, unknown>> {
  return page.evaluate(async (settings) => {
    const { flow } = window as unknown as ShopWindow
    if (settings) flow.configure(settings)
    try {
      const instance = await flow.loadCheckoutWebComponents({ publicKey: 'pk_sbox_1' })
      return { loaded: instance, scripts: document.querySelectorAll('script').length }
    } catch (error) {
      const { name, message, type, code } = error as flow.CheckoutLoaderError
      const known = error instanceof flow.CheckoutLoaderError
      return { name, message, type, code, known, scripts: document.querySelectorAll('script').length }
    }
  }, settings)
}

test('without a browser it rejects with browser_environment_required', async () => {
  await assert.rejects(loadCheckoutWebComponents({ publicKey: 'pk_sbox_1' }), (error) => {
    assert.ok(error instanceof CheckoutLoaderError && error instanceof Error)
    assert.equal(error.name, 'CheckoutLoaderError')
    assert.equal(error.type, 'Integration')
    assert.equal(error.code, 'browser_environment_required')
    assert.match(error.message, /^\[Integration\]: .+ \[browser_environment_required\]$/)
    return true
  })
})

test('the package names no host: CDN_URL is a path below the address of an installation', () => {
  assert.equal(CDN_URL, '/flow/index.js')
})

test('a global that the page has already is used, and nothing is loaded', async (t) => {
  const page = await open(t)
  await page.evaluate(() => Object.assign(window, { CheckoutWebComponents: (options: unknown) => ({ own: options }) }))
  assert.deepEqual(await load(page, { scriptUrl: at('/flow/index.js') }), {
    loaded: { own: { publicKey: 'pk_sbox_1' } },
    scripts: 0,
  })
  assert.deepEqual(requests, [])
})

test('the script is loaded from the configured address and given the options', async (t) => {
  const page = await open(t)
  assert.deepEqual(await load(page, { scriptUrl: at('/flow/index.js') }), {
    loaded: { options: { publicKey: 'pk_sbox_1' } },
    scripts: 1,
  })
  assert.deepEqual(await load(page), { loaded: { options: { publicKey: 'pk_sbox_1' } }, scripts: 1 })
  assert.deepEqual(requests, ['/flow/index.js'])
})

test('calls at the same time share one script', async (t) => {
  const page = await open(t)
  const found = await page.evaluate(async (scriptUrl) => {
    const { flow } = window as unknown as ShopWindow
    flow.configure({ scriptUrl })
    const keys = ['pk_1', 'pk_2', 'pk_3']
    const instances = await Promise.all(keys.map((publicKey) => flow.loadCheckoutWebComponents({ publicKey })))
    return { instances, evaluated: (window as unknown as ShopWindow).evaluated }
  }, at('/flow/index.js'))
  assert.deepEqual(found, {
    instances: ['pk_1', 'pk_2', 'pk_3'].map((publicKey) => ({ options: { publicKey } })),
    evaluated: 1,
  })
  assert.deepEqual(requests, ['/flow/index.js'])
})

test('a script that fails rejects with script_failed, and the next call begins anew', async (t) => {
  const page = await open(t)
  assert.deepEqual(await load(page, { scriptUrl: at('/missing.js') }), {
    name: 'CheckoutLoaderError',
    message: '[Integration]: The script could not be loaded [script_failed]',
    type: 'Integration',
    code: 'script_failed',
    known: true,
    scripts: 0,
  })
  assert.equal((await load(page, { scriptUrl: at('/flow/index.js') })).scripts, 1)
})

test('a script that sets no global rejects with checkout_web_component_instance_not_on_window', async (t) => {
  const page = await open(t)
  const { code, scripts } = await load(page, { scriptUrl: at('/empty.js') })
  assert.deepEqual([code, scripts], ['checkout_web_component_instance_not_on_window', 0])
})

test('a script that does not come within 30 seconds rejects with script_timed_out', async (t) => {
  const page = await open(t)
  await page.clock.install()
  const outcome = load(page, { scriptUrl: at('/never.js') })
  while (requests.length === 0) await new Promise((done) => setTimeout(done, 20))
  await page.clock.runFor(29_000)
  assert.equal(await page.locator('script').count(), 1)
  await page.clock.runFor(1_000)
  const { code, scripts } = await outcome
  assert.deepEqual([code, scripts], ['script_timed_out', 0])
})

test('without configure() nothing is loaded, and the message says what to call', async (t) => {
  const page = await open(t)
  const { code, message } = await load(page)
  assert.equal(code, 'script_failed')
  assert.match(String(message), /configure\(\{ scriptUrl \}\)/)
  assert.deepEqual(requests, [])
})

test('a script whose integrity is right runs, and one that was changed does not', async (t) => {
  const page = await open(t)
  const changed = { scriptUrl: at('/flow/index.js'), integrity: INTEGRITY.replace(/.{8}$/, 'AAAAAAAA') }
  assert.equal((await load(page, changed)).code, 'script_failed')
  assert.equal(await page.evaluate(() => 'evaluated' in window), false)
  assert.ok((await load(page, { ...changed, integrity: INTEGRITY })).loaded)
})

test('the nonce lets the script run where the policy of the page asks for one', async (t) => {
  const page = await open(t, "script-src 'self' 'nonce-abc'", /script-src/)
  assert.equal((await load(page, { scriptUrl: at('/flow/index.js') })).code, 'script_failed')
  assert.ok((await load(page, { scriptUrl: at('/flow/index.js'), nonce: 'abc' })).loaded)
})

test('on a page that requires Trusted Types the shop gives the address as a TrustedScriptURL', async (t) => {
  const page = await open(t, "require-trusted-types-for 'script'", /Trusted|trusted/)
  const loaded = await page.evaluate(async (address) => {
    const { flow } = window as unknown as ShopWindow
    const { trustedTypes } = window as unknown as {
      trustedTypes: {
        createPolicy(name: string, rules: object): { createScriptURL(address: string): { toString(): string } }
      }
    }
    const policy = trustedTypes.createPolicy('shop', { createScriptURL: (address: string) => address })
    flow.configure({ scriptUrl: policy.createScriptURL(address) })
    return await flow.loadCheckoutWebComponents({ publicKey: 'pk_sbox_1' })
  }, at('/flow/index.js'))
  assert.deepEqual(loaded, { options: { publicKey: 'pk_sbox_1' } })
})
