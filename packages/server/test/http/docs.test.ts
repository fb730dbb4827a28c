import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { startApi } from './support.ts'

const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

test('the policy of the reference page lets nothing in from elsewhere, and nothing out', async (t) => {
  const { app } = await startApi(t)
  for (const url of ['/docs/', '/docs/js/scalar.js']) {
    const reply = await app.inject(url)
    assert.equal(reply.statusCode, 200)
    const policy = String(reply.headers['content-security-policy'])
    assert.match(policy, /^default-src 'none'; connect-src 'self';/)
    assert.ok(!/https?:|\*|'unsafe-eval'/.test(policy), policy)
    assert.ok(!policy.match(/script-src[^;]*/)?.[0].includes('unsafe'), policy)
    assert.equal(reply.headers['x-content-type-options'], 'nosniff')
  }
  const front = await app.inject('/')
  assert.deepEqual([front.statusCode, front.headers.location], [303, '/docs'])
  const page = (await app.inject('/docs/')).body
  assert.ok(!/(?:src|href)="https?:/.test(page))
})

test('the reference page shows the operations and asks no other host for anything', async (t) => {
  const executablePath = CHROMIUMS.find((path) => existsSync(path))
  assert.ok(executablePath, 'this test needs Chromium')
  const api = await startApi(t)
  const origin = `http://localhost:${await api.listen()}`
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const page = await browser.newPage()
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => void asked.push(request.url()))
  page.on('console', (message) => {
    // The browser asks for an icon by itself; that there is none is no fault of the page.
    const ofIcon = message.location().url.endsWith('/favicon.ico')
    if (message.type() === 'error' && !ofIcon) complaints.push(message.text())
  })
  page.on('pageerror', (error) => void complaints.push(error.message))

  await page.goto(`${origin}/docs`)
  await page.getByText('Request a payment session').first().waitFor({ timeout: 30_000 })
  await page.mouse.wheel(0, 4000)
  await page.waitForTimeout(1000)

  const outside = asked.filter((url) => !url.startsWith(`${origin}/`) && !/^(?:data|blob):/.test(url))
  assert.deepEqual(outside, [])
  assert.deepEqual(complaints, [])
  const paths = new Set(asked.map((url) => new URL(url).pathname))
  assert.ok(paths.has('/openapi.json') && paths.has('/docs/js/scalar.js'))
})
