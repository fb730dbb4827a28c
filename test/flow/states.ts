/** The states a shopper can find the card form in, each reached as a shopper reaches it. */
import type { FrameLocator, Page } from 'playwright-core'
import { payButton } from '../support/browser.ts'
import type { Checkout, ShopOptions, ShopPage } from '../support/shop.ts'
import type { Json, Sluice } from '../support/sluice.ts'
import { rowOf, sessionFor } from '../support/methods.ts'
import { issuerFrame } from './visit.ts'

export interface State {
  /** Members of the session, over the smallest body. */
  session?: Record<string, Json>
  shop?: Partial<ShopOptions>
  checkout?: Checkout
  /** Hands the shop something else than the session as it came. */
  spoil?(session: Json): Json
  /** Before the checkout starts. */
  before?(page: Page): Promise<unknown>
  /** The clock of the merchant, whom it may share with others: to be played after them. */
  movesTheClock?: boolean
  /** From the form that is ready; a state with `before` or `spoil` may never become so. */
  reach(shop: ShopPage, sluice: Sluice): Promise<unknown>
}

export const NUMBERS = {
  approved: '4242424242424242',
  declined: '4539467987109256',
  coBadged: '4010061700000021',
}
const FOREVER = new Promise<never>(() => {})
export const DARK_SHOP = {
  '/shop.css': {
    type: 'text/css',
    text: 'body { margin: 0; background: #11161d; color: #edf1f6; font: 16px system-ui } main { max-width: 32rem; margin: 0 auto; padding: 1rem }',
  },
}

/** Fills in at once, as a password manager does, what `typeCard` types. */
export async function fillCard(page: Page, number: string, expiry = '12/32', cvv = '100'): Promise<void> {
  const fields = cardFrame(page)
  await fields.getByTestId('cardholder-name').fill('Ada Lovelace')
  await fields.getByTestId('card-number').fill(number)
  await fields.getByTestId('card-expiry-date').fill(expiry)
  await fields.getByTestId('card-cvv').fill(cvv)
}

/** The frame of the default layout, with all fields in it. */
export function cardFrame(page: Page): FrameLocator {
  return page.frameLocator('iframe[name^="card__"]')
}

export function noticeOf(page: Page) {
  return page.getByTestId('checkout-web-component-root').getByRole('status')
}

async function pay({ page }: ShopPage, number: string): Promise<void> {
  await fillCard(page, number)
  await payButton(page).click()
}

async function errors({ page }: ShopPage): Promise<void> {
  await fillCard(page, '4242424242424241', '01/20', '1')
  await payButton(page).click()
  await cardFrame(page).locator('#card-number[aria-invalid="true"]').waitFor()
}

async function declined(shop: ShopPage): Promise<void> {
  await pay(shop, NUMBERS.declined)
  await shop.waitFor('onError')
}

async function chooseBrand({ page }: ShopPage): Promise<void> {
  await fillCard(page, NUMBERS.coBadged)
  await page.getByRole('group', { name: 'Choose a card brand' }).waitFor()
}

const ready = async () => {}
const CONSENT = {
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  payment_method_configuration: { card: { store_payment_details: 'collect_consent' } },
}

const NARROW = { browser: { viewport: { width: 320, height: 760 } } }

/** A method that is no card, alone or as chosen in the list: its form, or what is shown while its payment waits. */
function method(name: string, reach: State['reach'] = ready, members: Partial<State> = {}): State {
  return { session: sessionFor(rowOf(name)) as Record<string, Json>, checkout: { component: name }, reach, ...members }
}

async function payAndWait({ page }: ShopPage): Promise<void> {
  await payButton(page).click()
  await page.getByTestId('checkout-web-component-root').locator('.step').waitFor()
}

async function payByPhone(shop: ShopPage): Promise<void> {
  // A telephone that ends in 1 never answers.
  await shop.page.getByLabel('Phone number').fill('912345671')
  await payAndWait(shop)
}

async function askForCode({ page }: ShopPage): Promise<void> {
  await page.getByLabel('Phone number').fill('512345678')
  await page.getByRole('button', { name: 'Send text message' }).click()
  await page.getByLabel('Verification code').fill('1')
  await payButton(page).click()
  await page.getByText('Enter all 6 digits').waitFor()
}

async function pressPay({ page }: ShopPage): Promise<void> {
  await payButton(page).click()
  await page.locator('[aria-invalid="true"]').first().waitFor()
}

async function chooseMethod({ page }: ShopPage): Promise<void> {
  await page.getByRole('radio', { name: 'SEPA' }).check()
  await page.getByLabel('IBAN').fill('DE89370400440532013000')
}

/** Each kind of method, wide and on a small telephone. */
const METHOD_STATES: Record<string, State> = {
  'redirect, ideal': method('ideal'),
  'redirect with fields, klarna': method('klarna', pressPay),
  'approval, mbway': method('mbway', payByPhone),
  'code, stcpay': method('stcpay', askForCode),
  'voucher, multibanco': method('multibanco', payAndWait),
  'to scan, paynow': method('paynow', payAndWait),
  'mandate, sepa': method('sepa', pressPay),
  'chosen in the list': method('sepa', chooseMethod, { checkout: { component: 'flow' } }),
}

export const STATES: Record<string, State> = {
  ...METHOD_STATES,
  ...Object.fromEntries(
    Object.entries(METHOD_STATES).map(([name, state]) => [`${name}, 320 px`, { ...state, shop: NARROW }]),
  ),
  'approval, dark': method('mbway', payByPhone, { shop: { files: DARK_SHOP } }),
  'voucher, Arabic': method('multibanco', arabicVoucher, {
    checkout: { component: 'multibanco', options: { locale: 'ar' } },
  }),
  default: { reach: ready },
  single: { checkout: { component: 'card' }, reach: ready },
  loading: {
    before: (page) => page.route('**/frame/keeper?*', () => FOREVER),
    reach: ({ page }) => page.getByTestId('checkout-web-component-root').waitFor(),
  },
  broken: {
    spoil: (session) => ({ ...session, payment_session_secret: 'pss_wrong' }),
    reach: ({ waitFor }) => waitFor('onError'),
  },
  'errors shown': { reach: errors },
  busy: {
    before: (page) => page.route('**/submit', () => FOREVER),
    async reach(shop) {
      await pay(shop, NUMBERS.approved)
      await shop.waitFor('onSubmit')
    },
  },
  declined: { reach: declined },
  approved: {
    async reach(shop) {
      await pay(shop, NUMBERS.approved)
      await shop.waitFor('onPaymentCompleted')
    },
  },
  'brand and consent': { session: CONSENT, reach: chooseBrand },
  'per field': { shop: { attributes: 'data-card-layout="per-field"' }, reach: ready },
  'per field, errors shown': {
    shop: { attributes: 'data-card-layout="per-field"' },
    async reach({ page }) {
      await payButton(page).click()
      await page.frameLocator('iframe[name^="card-number__"]').locator('[aria-invalid="true"]').waitFor()
    },
  },
  overlay: {
    session: { '3ds': { enabled: true } },
    async reach(shop) {
      await pay(shop, NUMBERS.approved)
      await issuerFrame(shop.page)
    },
  },
  'overlay, 320 px': {
    session: { '3ds': { enabled: true } },
    shop: NARROW,
    async reach(shop) {
      await pay(shop, NUMBERS.approved)
      await issuerFrame(shop.page)
    },
  },
  'dark, declined': { shop: { files: DARK_SHOP }, reach: declined },
  'Arabic, declined': { checkout: { options: { locale: 'ar' } }, reach: arabicDecline },
  '320 px': { session: CONSENT, shop: { browser: { viewport: { width: 320, height: 760 } } }, reach: chooseBrand },
  '320 px, errors shown': { shop: { browser: { viewport: { width: 320, height: 760 } } }, reach: errors },
  'zoomed to 200 %': {
    session: CONSENT,
    shop: { browser: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 } },
    reach: chooseBrand,
  },
  'forced colours': {
    session: CONSENT,
    shop: { browser: { forcedColors: 'active' } },
    reach: errors,
  },
  expired: {
    movesTheClock: true,
    async reach(shop, sluice) {
      await fillCard(shop.page, NUMBERS.approved)
      await sluice.advance('2 hours')
      await payButton(shop.page).click()
      await shop.waitFor('onError')
    },
  },
}

async function arabicVoucher({ page }: ShopPage): Promise<void> {
  const root = page.getByTestId('checkout-web-component-root')
  await root.locator('button.pay').click()
  await root.locator('.step').waitFor()
}

async function arabicDecline(shop: ShopPage): Promise<void> {
  await fillCard(shop.page, NUMBERS.declined)
  await shop.page.getByTestId('checkout-web-component-root').locator('button.pay').click()
  await shop.waitFor('onError')
}
