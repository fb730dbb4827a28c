/** What a visitor of the demo shop does, and what its panel and the API say afterwards. */
import type { Page } from 'playwright-core'
import { pay as press } from '@sluice/testing/playwright'
import { payButton, typeCard } from '../../../test/support/browser.ts'
import { eventually } from '../../../test/support/sluice.ts'
import { SANDBOX_KEYS } from '@sluice/server/operations/seed'

export async function goToCheckout(page: Page, shop: string, settings: Record<string, string>) {
  await page.goto(`${shop}/`)
  await page.getByRole('button', { name: 'Add Harbour mug to basket' }).click()
  await page.goto(`${shop}/checkout?${new URLSearchParams(settings)}`)
  await payButton(page).filter({ hasText: '18.00' }).waitFor()
}

export async function enter(page: Page, number: string) {
  await page.frameLocator('iframe[name^="card__"]').getByTestId('card-number').waitFor()
  await typeCard(page, { number })
}

export async function pay(page: Page, number: string) {
  await enter(page, number)
  await press(page)
}

/** The status of each payment that the shop's calls name, once it is final: canceled ones count for none. */
export async function paymentsOf(page: Page, shop: string, api: string): Promise<string[]> {
  const calls = await (await page.request.get(`${shop}/calls`)).text()
  const ids = new Set(calls.match(/pay_[a-z2-7]{26}/g))
  const headers = { authorization: SANDBOX_KEYS.secret }
  const statuses = [...ids].map((id) =>
    eventually(async () => {
      const payment = (await (await fetch(`${api}/payments/${id}`, { headers })).json()) as { status: string }
      return /^(Captured|Canceled|Declined|Expired)$/.test(payment.status) && payment.status
    }),
  )
  return (await Promise.all(statuses)).filter((status) => status !== 'Canceled')
}

/** Method and path of each call, ids shortened to their prefix. */
export async function callsOf(page: Page, shop: string): Promise<string[]> {
  const calls = (await (await page.request.get(`${shop}/calls`)).json()) as { method: string; path: string }[]
  return calls.map(({ method, path }) => `${method} ${path.replace(/(ps|pay)_[a-z2-7]+/, '$1')}`)
}
