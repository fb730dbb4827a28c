/** Debian's Chromium for a test, and the handful of things a shopper does in it. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
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

let browser: Promise<Browser> | undefined
let users = 0

/** A page of its own in a browser that the tests of one file share. It is closed when the test ends. */
export async function openPage(
  t: Pick<TestContext, 'after'>,
  options: BrowserContextOptions = {},
  { expected }: { expected?: RegExp } = {},
): Promise<Page> {
  users += 1
  browser ??= launch()
  const running = await browser
  const context = await running.newContext({ locale: 'en-GB', ...options })
  const page = await context.newPage()
  const failures = watch(page)
  t.after(async () => {
    await context.close()
    users -= 1
    if (users === 0) {
      browser = undefined
      await running.close()
    }
    const surprises = failures.filter((failure) => !expected?.test(failure))
    assert.deepEqual(surprises, [], 'the page threw, or broke its own Content-Security-Policy')
  })
  return page
}

/** A page of a browser of its own, which keeps pages alive for its back button; browsers of tests else do not. */
export async function openPageThatIsKept(t: Pick<TestContext, 'after'>): Promise<Page> {
  const running = await launch(['--disable-back-forward-cache'])
  t.after(() => running.close())
  return await running.newPage({ locale: 'en-GB' })
}

function launch(ignoreDefaultArgs: string[] = []): Promise<Browser> {
  const executablePath = CHROMIUMS.find((path) => existsSync(path))
  if (!executablePath) throw new Error('Chromium is not installed')
  return chromium.launch({ executablePath, args: ARGUMENTS, ignoreDefaultArgs })
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
