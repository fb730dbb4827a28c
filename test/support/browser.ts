/** Debian's Chromium for a test, and the handful of things a shopper does in it. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'

const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Names of shops that are not localhost, which makes their pages insecure ones.
  '--host-resolver-rules=MAP *.test 127.0.0.1',
]
/** Where screenshots go, for a person to look at. */
const SCREENSHOTS = process.env.SLUICE_SCREENSHOTS ?? join(tmpdir(), 'sluice-screenshots')

/** The browser that the tests of one file share. */
let browser: Promise<Browser> | undefined
after(async () => {
  const running = await browser
  browser = undefined
  if (running) await close(running)
})

/** A page of its own, in the browser of this file's tests. It is closed when the test ends. */
export async function openPage(
  t: Pick<TestContext, 'after'>,
  options: BrowserContextOptions = {},
  { expected }: { expected?: RegExp } = {},
): Promise<Page> {
  browser ??= launch()
  const running = await browser
  const context = await running.newContext({ locale: 'en-GB', ...options })
  const page = await context.newPage()
  const failures = watch(page)
  t.after(async () => {
    await context.close()
    const surprises = failures.filter((failure) => !expected?.test(failure))
    assert.deepEqual(surprises, [], 'the page threw, or broke its own Content-Security-Policy')
  })
  return page
}

/** A page of a browser of its own, which keeps pages alive for its back button; browsers of tests else do not. */
export async function openPageThatIsKept(t: Pick<TestContext, 'after'>): Promise<Page> {
  const running = await launch(['--disable-back-forward-cache'])
  t.after(() => close(running))
  return await running.newPage({ locale: 'en-GB' })
}

/**
 * Starts a browser, and has it show a page: on a busy machine Chromium now and then starts and ends at once, before any
 * test has asked it for anything. Then it is started again. Whenever it ends by itself, its last words are told.
 */
async function launch(ignoreDefaultArgs: string[] = [], tries = 3): Promise<Browser> {
  const executablePath = CHROMIUMS.find((path) => existsSync(path))
  if (!executablePath) throw new Error('Chromium is not installed')
  const log = join(tmpdir(), `sluice-test-${process.pid}-chromium-${tries}.log`)
  const args = [...ARGUMENTS, '--enable-logging', `--log-file=${log}`]
  try {
    const started = await chromium.launch({ executablePath, args, ignoreDefaultArgs })
    started.once('disconnected', () => {
      if (!closed.has(started)) process.stderr.write(`Chromium ended by itself:\n${lastWords(log)}\n`)
      rmSync(log, { force: true })
    })
    const page = await started.newPage()
    await page.goto('data:text/html,<iframe srcdoc=ready></iframe>')
    await page.close()
    return started
  } catch (error) {
    if (tries <= 1) throw error
    return await launch(ignoreDefaultArgs, tries - 1)
  }
}

const closed = new WeakSet<Browser>()

async function close(running: Browser) {
  closed.add(running)
  await running.close()
}

function lastWords(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-40).join('\n') : ''
}

/** Uncaught errors of any frame, and refusals of a Content-Security-Policy: none is expected in any test. */
function watch(page: Page): string[] {
  const failures: string[] = []
  page.on('pageerror', (error) => failures.push(String(error)))
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) failures.push(message.text())
  })
  return failures
}

/** Keeps a picture of the page, or of one element of it, under a name. */
export async function screenshot(what: Page | Locator, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  await what.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

/** Types a card, and finds the pay button: the project's own tests have the shopper of the test kit. */
export { type CardToType, fillCard as typeCard, payButton } from '@sluice/testing/playwright'
