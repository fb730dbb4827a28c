/**
 * Plays a checkout and writes it down: what the shopper and the shop do, what the shop's callbacks are told, what the
 * shopper sees. The text is compared with a golden file; `SLUICE_WRITE_GOLDEN=1` writes it anew, to be read before it is
 * committed.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { requestSessionOf } from '../visit.ts'
import { openShop, type Checkout, type ShopPage } from '../../support/shop.ts'
import { type Answer, type Json, type Session, type Sluice, startSluice } from '../../support/sluice.ts'
import { type CardToType, openPage, payButton } from '../../support/browser.ts'

export interface Scenario {
  /** Name of the golden file. */
  name: string
  /** Members of the session, over the smallest body; `none` for the sessionless mode. */
  session?: Record<string, Json> | 'none'
  checkout?: Checkout
  /** The shop's server, when it does something else than a submit. */
  handleSubmit?: (session_data: string) => Promise<Answer>
  play(stage: Stage): Promise<void>
}

export interface Stage extends ShopPage {
  session: Session | undefined
  /** Does something, waits until the callback of that name was called because of it, and until all is quiet. */
  step(words: string, act: () => Promise<unknown>, until?: string): Promise<void>
  /** Fills in a card: the number first, since what the shop says of it decides the rest. */
  type(card: CardToType, expected?: { valid: boolean }): Promise<void>
  pressPay(until: string): Promise<void>
  /** Calls a method and writes down what came of it. */
  ask(method: string, ...args: Json[]): Promise<Json>
  note(line: string): void
}

/** How long nothing has to happen until it is believed that nothing will. */
const QUIET_MS = 150
const FOLDER = import.meta.dirname

/** Plays them one after the other, on one Sluice and in one browser. */
export async function playAll(t: TestContext, scenarios: (sluice: Sluice) => Scenario[]): Promise<void> {
  const sluice = await startSluice(t)
  // Keeps the browser open in between.
  await openPage(t)
  for (const scenario of scenarios(sluice)) {
    await t.test(scenario.name.replaceAll('-', ' '), (each) => playGolden(each, sluice, scenario))
  }
}

async function playGolden(t: TestContext, sluice: Sluice, scenario: Scenario): Promise<void> {
  const lines: string[] = []
  const handleSubmit = (session_data: string) =>
    scenario.handleSubmit?.(session_data) ?? sluice.post(`/payment-sessions/${session?.id}/submit`, { session_data })
  const shop = await openShop(t, sluice, { handleSubmit })
  const { page, heard } = shop
  const warnings: string[] = []
  page.on('console', (message) => {
    // Not what the browser says by itself.
    if (message.type() === 'warning' && message.location().url.includes('/flow/')) warnings.push(message.text())
  })
  const session = scenario.session === 'none' ? undefined : await requestSessionOf(sluice, shop.url, scenario.session)
  let written = 0

  function writeEvents() {
    for (const [name, component, ...rest] of heard.slice(written)) {
      lines.push([name, component, ...rest.map((value) => JSON.stringify(value))].join(' '))
    }
    written = heard.length
    for (const warning of warnings.splice(0)) lines.push(`console: ${warning}`)
  }

  async function step(words: string, act: () => Promise<unknown>, until?: string) {
    lines.push('', `> ${words}`)
    const before = heard.length
    await act()
    if (until) await quick(() => heard.slice(before).some(([name]) => name === until), `${until} after: ${words}`)
    let seen = await sights(page)
    for (let known = ''; known !== `${heard.length} ${seen}`; seen = await sights(page)) {
      known = `${heard.length} ${seen}`
      await page.waitForTimeout(QUIET_MS)
    }
    writeEvents()
    if (seen) lines.push(`= ${seen}`)
  }

  const stage: Stage = {
    ...shop,
    session,
    step,
    note: (line) => void lines.push(line),
    async type({ number, expiry = '12/32', cvv = '100', name = 'Ada Lovelace' }, { valid } = { valid: true }) {
      const field = (testId: string) => page.frameLocator('iframe[name^="card__"]').getByTestId(testId)
      await step(
        `the shopper types ${number}`,
        () => field('card-number').fill(number),
        number.length < 8 ? undefined : 'onCardBinChanged',
      )
      await step('and the rest of the card', async () => {
        if (await field('cardholder-name').count()) await field('cardholder-name').fill(name)
        await field('card-expiry-date').fill(expiry)
        if (await field('card-cvv').count()) await field('card-cvv').fill(cvv)
        await page.waitForFunction((wanted) => (globalThis as Json).shop.component.isValid() === wanted, valid)
      })
    },
    pressPay: (until) => step('the shopper presses Pay', () => payButton(page).click(), until),
    async ask(method, ...args) {
      const given = args.map((value) => JSON.stringify(value)).join(', ')
      let answer: Json
      await step(`the shop calls ${method}(${given})`, async () => {
        answer = await shop.call(method, ...args)
      })
      lines.push(`answer: ${JSON.stringify(answer) ?? 'nothing'}`)
      return answer
    },
  }

  await step(
    'the shop opens the checkout',
    () => shop.start({ ...scenario.checkout, sessionless: !session, ...withSession(scenario.checkout, session) }),
    'onReady',
  )
  await scenario.play(stage)
  await sluice.assertSound()
  compare(scenario.name, `${masked(lines.join('\n')).trim()}\n`)
}

function withSession(checkout: Checkout | undefined, session: Session | undefined): Checkout {
  return { options: { ...(session && { paymentSession: session }), ...checkout?.options } }
}

async function quick(happened: () => boolean, what: string): Promise<void> {
  const until = performance.now() + 20_000
  while (!happened()) {
    if (performance.now() > until) throw new Error(`did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** What the shopper sees of the form beside the fields: a message, what fields complain of, the pay button. */
async function sights(page: Page): Promise<string> {
  const root = page.getByTestId('checkout-web-component-root')
  const said: string[] = []
  for (const notice of await root.getByRole('status').allTextContents()) {
    if (notice.trim()) said.push(`"${notice.trim()}"`)
  }
  for (const frame of page.frames().filter((each) => each.name().startsWith('card'))) {
    // A frame that is taken away while it is looked at shows nothing.
    const errors = await frame
      .locator('.error')
      .allTextContents()
      .catch(() => [])
    for (const error of errors) if (error) said.push(`field: "${error}"`)
  }
  for (const button of await root.locator('button.pay').all()) {
    const disabled = (await button.getAttribute('aria-disabled')) === 'true'
    said.push(`[${(await button.textContent())?.trim()}]${disabled ? ' (off)' : ''}`)
  }
  return said.join(' ')
}

/** Ids and times differ each time; which are the same stays to be seen. */
function masked(text: string): string {
  const known = new Map<string, string>()
  const counts = new Map<string, number>()
  function nameOf(id: string, prefix: string): string {
    const count = (counts.get(prefix) ?? 0) + (known.has(id) ? 0 : 1)
    counts.set(prefix, count)
    const name = known.get(id) ?? `${prefix}${count}`
    known.set(id, name)
    return name
  }
  return text
    .replace(/\b(pay|ps|pss|tok|sid|src|cus)_[a-z2-7]{26}\b/g, (id, prefix: string) => nameOf(id, `${prefix}_`))
    .replace(/"requestId":"([^"]+)"/g, (_, id: string) => `"requestId":"${nameOf(id, 'request-')}"`)
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) => nameOf(id, 'uuid-'))
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/http:\/\/localhost:\d+/g, 'SHOP')
}

function compare(name: string, text: string): void {
  const path = join(FOLDER, `${name}.txt`)
  if (process.env.SLUICE_WRITE_GOLDEN === '1') return writeFileSync(path, text)
  assert.ok(existsSync(path), `no golden file ${name}.txt: SLUICE_WRITE_GOLDEN=1 writes it`)
  assert.equal(text, readFileSync(path, 'utf8'))
}
