/** A checkout that something is about to happen to, and what it comes to: for the shopper, for the shop, at the bank. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { FrameLocator, Locator, Page, Route } from 'playwright-core'
import { openPage } from '../support/browser.ts'
import { type Checkout, openShop, type ShopEvent, type ShopOptions, type ShopPage } from '../support/shop.ts'
import { eventually, type Json, SANDBOX_ENTITY, type Session, type Sluice, startSluice } from '../support/sluice.ts'

export interface CheckoutOptions {
  /** Members of the session, over the smallest body. */
  session?: Record<string, Json>
  /** For a second page about the session of this one. */
  of?: OpenCheckout
  shop?: ShopOptions
}

export interface OpenCheckout extends ShopPage {
  session: Session
  /** No other session of these tests has it: the bank's ledger shows it by that. Minor units. */
  amount: number
  root: Locator
  payButton: Locator
  /** "Try again" or "Check again". */
  retryButton: Locator
  field(testId: string): Locator
  /** Starts, and waits until the form can be used. */
  begin(checkout?: Checkout): Promise<void>
  /** Fills in a card and waits until the shop could know that it is whole. */
  type(): Promise<void>
  /** Waits until the callback was called so often, and answers the last of these calls. */
  told(name: string, times?: number): Promise<ShopEvent>
  count(name: string): number
  /** The n-th error, which has to have these members; `codes`: what the API said, `status`: with which HTTP status. */
  toldError(
    wanted: { type: string; code: string; status?: number | 'any'; codes?: string[] },
    nth?: number,
  ): Promise<void>
  /** Waits until the shopper reads the text of this key. */
  says(key: string): Promise<void>
  /** Waits until the pay button can be pressed, or cannot. */
  usable(yes: boolean): Promise<void>
  /** Paid: the shopper reads so, the shop was told once, the bank has exactly one authorization. */
  paid(): Promise<void>
  /** What the bank booked for this session. */
  authorizations(): Promise<number>
  /** Meddles with requests of the frames from now on; answers how to stop that, and what was asked meanwhile. */
  hinder(what: RegExp, how: Hindrance): Promise<Hindered>
}

/** What becomes of a request; `nth` counts from 1. */
export type Hindrance = (route: Route, nth: number) => Promise<unknown>

interface Hindered {
  /** Bodies of the requests that came. */
  asked: (string | null)[]
  mend(): Promise<void>
}

/** Paths of the frames origin. */
export const KEYS = /^\/frame\/sealing-keys$/
export const SESSION = /^\/frame\/payment-sessions\/[^/]+$/
export const SUBMIT = /^\/frame\/payment-sessions\/[^/]+\/submit$/
export const TOKENS = /^\/tokens$/
export const METADATA = /^\/frame\/card-metadata\//
export const KEEPER = /^\/frame\/keeper$/

/** It never arrives. */
export const unreachable: Hindrance = (route) => route.abort('connectionrefused')
/** It arrives and is done, and nobody hears of it. */
export const answerLost: Hindrance = async (route) => {
  await route.fetch()
  await route.abort('connectionreset')
}
export const answered =
  (status: number, body: Json = '', headers: Record<string, string> = {}): Hindrance =>
  (route) =>
    route.fulfill({ status, headers, ...(body === '' ? {} : { json: body }) })
/** So for the first times, as usual afterwards. */
export const atFirst =
  (times: number, how: Hindrance): Hindrance =>
  (route, nth) =>
    nth <= times ? how(route, nth) : route.continue()

/** What shipped texts say. */
export function wordsOf(locale: string): Record<string, string> {
  const path = join(import.meta.dirname, '../../packages/flow/src/locales', `${locale}.json`)
  return JSON.parse(readFileSync(path, 'utf8'))
}

let lastAmount = 1000

/** A page with a session of its own in this language; nothing is started yet. */
export async function openCheckout(
  t: Pick<TestContext, 'after'>,
  sluice: Sluice,
  locale: string,
  options: CheckoutOptions = {},
): Promise<OpenCheckout> {
  const amount = options.of?.amount ?? ++lastAmount
  const session = options.of?.session ?? (await sluice.requestSession({ amount, locale, ...options.session }))
  const shop = await openShop(t, sluice, { session, ...options.shop })
  const { page, heard } = shop
  const words = wordsOf(locale)
  const root = page.getByTestId('checkout-web-component-root')
  const payButton = root.locator('button.pay')
  const count = (name: string) => heard.filter(([event]) => event === name).length

  async function told(name: string, times = 1) {
    return await eventually(async () => heard.filter(([event]) => event === name)[times - 1], 25_000).catch(() => {
      throw new Error(`${name} was not called ${times} times: ${JSON.stringify(heard)}`)
    })
  }

  const says = (key: string) =>
    root
      .getByRole('status')
      .getByText(words[key] as string, { exact: true })
      .waitFor({ timeout: 25_000 })

  return {
    ...shop,
    session,
    amount,
    root,
    payButton,
    retryButton: root.locator('button.retry'),
    field: (testId) => cardFrame(page).getByTestId(testId),
    async begin(checkout) {
      await shop.start(checkout)
      await told('onReady')
    },
    type: () => typeInto(page),
    told,
    count,
    async toldError({ type, code, status, codes }, nth = 1) {
      const error = (await told('onError', nth))[2]
      const { requestErrorCodes, paymentSessionId } = error.details
      assert.deepEqual(
        [
          error.name,
          error.type,
          error.code,
          status === 'any' ? status : error.details.status,
          requestErrorCodes ?? [],
          paymentSessionId,
        ],
        ['CheckoutError', type, code, status, codes ?? [], session.id],
      )
      assert.equal(count('onError'), nth, 'the shop is told once of each')
    },
    says,
    async usable(yes) {
      await root.locator(`button.pay[aria-disabled="${!yes}"]`).waitFor({ timeout: 25_000 })
    },
    async paid() {
      const [, , payment] = await told('onPaymentCompleted')
      assert.equal(payment.status, 'Approved')
      await says('payment.successful')
      assert.equal(await payButton.textContent(), words['pay_button.payment_complete'])
      assert.equal(count('onPaymentCompleted'), 1)
      assert.equal(await authorizationsOf(sluice, amount), 1)
    },
    authorizations: () => authorizationsOf(sluice, amount),
    async hinder(what, how) {
      const asked: Hindered['asked'] = []
      const matches = (url: URL) => url.origin === sluice.urls.frames && what.test(url.pathname)
      const handler = async (route: Route) => {
        asked.push(route.request().postData())
        // A page that is closed meanwhile needs no answer.
        await how(route, asked.length).catch(() => {})
      }
      await page.context().route(matches, handler)
      return { asked, mend: () => page.context().unroute(matches, handler) }
    },
  }
}

/** The fields of the nth form on the page. */
export function cardFrame(page: Page, nth = 0): FrameLocator {
  return page.locator('iframe[name^="card__"]').nth(nth).contentFrame()
}

async function typeInto(page: Page): Promise<void> {
  await fillIn(cardFrame(page))
  await page.waitForFunction(() => (globalThis as Json).shop.component.isValid())
}

/** A card that is approved. */
export async function fillIn(fields: FrameLocator): Promise<void> {
  await fields.getByTestId('cardholder-name').fill('Ada Lovelace')
  await fields.getByTestId('card-number').fill('4242424242424242')
  await fields.getByTestId('card-expiry-date').fill('12/32')
  await fields.getByTestId('card-cvv').fill('100')
}

async function authorizationsOf(sluice: Sluice, wanted: number): Promise<number> {
  const ledger = await sluice.ledger(SANDBOX_ENTITY)
  return ledger.filter(({ kind, amount }) => kind === 'authorization' && Number(amount) === wanted).length
}

export interface Case {
  /** A sentence; the table of the documentation names it. */
  title: string
  /** Moves the merchant's clock, and so has to be alone. */
  alone?: boolean
  options?: CheckoutOptions
  play(checkout: OpenCheckout, sluice: Sluice, t: TestContext): Promise<void>
}

/** Plays them on one Sluice and in one browser, a few at a time: most of their time is waiting. */
export async function playCases(t: TestContext, locale: string, cases: Case[]): Promise<void> {
  const sluice = await startSluice(t)
  // Keeps the browser open in between.
  await openPage(t)
  const play = ({ title, options, play: act }: Case) =>
    t.test(title, async (each) => {
      const checkout = await openCheckout(each, sluice, locale, options)
      await act(checkout, sluice, each)
      assert.ok((await checkout.authorizations()) <= 1, 'never more than one payment')
    })
  await Promise.all(cases.filter(({ alone }) => !alone).map(play))
  for (const each of cases.filter(({ alone }) => alone)) await play(each)
  await sluice.assertSound()
}
