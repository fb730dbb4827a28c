/** A shopper whose card's bank asks, for tests of ways there and back. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { handleReturn } from '@sluice/flow/page/return'
import type { FrameLocator, Locator, Page } from 'playwright-core'
import { payButton, typeCard } from '../support/browser.ts'
import type { Json, Session } from '../support/client.ts'
import { openShop, type ShopPage } from '../support/shop.ts'
import type { Sluice } from '../support/sluice.ts'
import { carryOn, comeBack } from '../support/three-ds.ts'

const CHALLENGED = { number: '4242424242424242' }
/** Its bank authenticates without asking. */
const FRICTIONLESS = '4485040371536584'

export const PAY_ANOTHER_WAY = 'The payment was not finished. Try again or pay another way.'

export interface Visit extends ShopPage {
  session: Session
  /** Begins a checkout of the session on the page as it is now. */
  begin(): Promise<void>
  /** Types a card whose bank asks, and presses Pay. */
  pressPay(): Promise<void>
  /** And asserts that the session is paid with it, once. `type`: how it is typed. */
  payWithAnotherCard(type?: (number: string) => Promise<void>): Promise<void>
  /** One payment, approved: by the session, by its own record, and by what the bank booked. Answers its id. */
  assertPaidOnce(): Promise<string>
  /** On the shop's page of that path, with the three parameters, which the exported helper reads. */
  assertLanded(path: string, expected: { paid: boolean }): Promise<void>
  notice(text: string): Locator
}

/** Opens the shop with a session whose cards are authenticated, and which lands in that very shop. */
export async function visit(
  t: Pick<TestContext, 'after'>,
  sluice: Sluice,
  { page: given, options = {} }: { page?: Page; options?: Record<string, Json> } = {},
): Promise<Visit> {
  const shop = await openShop(t, sluice, given ? { page: given } : {})
  const { page } = shop
  const booked = (await authorizations()).length
  const session = await requestSessionOf(sluice, shop.url, { '3ds': { enabled: true } })

  async function authorizations(): Promise<Json[]> {
    return (await sluice.ledger()).filter(({ kind }) => kind === 'authorization')
  }

  async function begin() {
    await shop.start({ options: { paymentSession: session, ...options } })
    await shop.waitFor('onReady')
  }

  async function assertPaidOnce() {
    const { body } = await sluice.get(`/payment-sessions/${session.id}`)
    assert.equal(body.status, 'Approved')
    assert.equal((await sluice.payment(body.payment_id)).approved, true)
    assert.equal((await authorizations()).length - booked, 1)
    await sluice.assertSound()
    return body.payment_id
  }

  return {
    ...shop,
    session,
    begin,
    assertPaidOnce,
    async pressPay() {
      await typeCard(page, CHALLENGED)
      await payButton(page).click()
    },
    async payWithAnotherCard(type = (number) => typeCard(page, { number })) {
      await type(FRICTIONLESS)
      await payButton(page).click()
      const [, , payment] = await shop.waitFor('onPaymentCompleted')
      assert.equal(await assertPaidOnce(), payment.id)
    },
    async assertLanded(path, { paid }) {
      await page.waitForURL(`**${path}?**`)
      const { search, searchParams } = new URL(page.url())
      const found = handleReturn(search)
      assert.deepEqual([...searchParams.keys()].sort(), ['cko-payment-id', 'cko-payment-session-id', 'cko-session-id'])
      assert.equal(found?.paymentSessionId, session.id)
      assert.match(found?.sessionId ?? '', /^sid_/)
      assert.equal((await sluice.payment(found?.paymentId ?? '')).approved, paid)
      const completed = shop.heard.filter(([name]) => name === 'onPaymentCompleted')
      assert.deepEqual(completed, [], 'completed is never told across pages')
    },
    notice: (text) => page.getByTestId('checkout-web-component-root').getByRole('status').filter({ hasText: text }),
  }
}

/** A session that lands on pages of this very shop. */
export function requestSessionOf(sluice: Sluice, url: string, members: Record<string, Json> = {}): Promise<Session> {
  const urls = { success_url: `${url}/success`, failure_url: `${url}/failure` }
  return sluice.requestSession({ ...urls, ...members })
}

/** The page of the card's issuer in its overlay, once the shopper can answer it. */
export async function issuerFrame(page: Page): Promise<FrameLocator> {
  const issuer = page
    .frameLocator('iframe[name^="challenge__"]')
    .frameLocator('iframe')
    .frameLocator('iframe[name="sluice-acs"]')
  await issuer.locator('[data-challenge] form').first().waitFor()
  return issuer
}

/** The challenge in the overlay, as it would be found in another tab: our page with its share, and the issuer's. */
export interface OpenChallenge {
  url: string
  share: string
  issuer: string
}

export async function openChallenge(page: Page): Promise<OpenChallenge> {
  const issuer = await (await issuerFrame(page)).locator(':root').evaluate(() => location.href)
  const ours = page.frames().find((frame) => new URL(frame.url(), 'http://none').hash.length > 40)
  assert.ok(ours, 'the page around the issuer’s has its share in the fragment')
  const [url = '', share = ''] = ours.url().split('#')
  return { url, share, issuer }
}

/** The shopper answers rightly after all, where the challenge was left open elsewhere, and goes on from there. */
export async function authenticateLate({ issuer, ...challenge }: OpenChallenge): Promise<void> {
  const body = new URLSearchParams({ password: 'Checkout1!', action: 'continue' })
  const answered = await fetch(issuer, { method: 'POST', body })
  await comeBack(await answered.text())
  await carryOn(challenge)
}

/** The shopper approves after all, on a page of the bank that was left open elsewhere, and is sent back from there. */
export async function approveLate(sluice: Sluice, bankUrl: string): Promise<void> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const pressed = await sluice.call('POST', bankUrl, 'choice=approve', form)
  const back = pressed.headers.get('location')
  if (back) await fetch(back, { redirect: 'manual' })
}
