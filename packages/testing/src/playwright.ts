/**
 * What a shopper does, for Playwright tests of a shop: fills Flow in, presses Pay, answers the bank, types a code. Helpers
 * that act on a bank's page find it wherever it is: in the overlay, in a page of its own, or in a window.
 */
import type { Frame, Locator, Page } from 'playwright-core'
import type { World } from './world.ts'

/** A card as a shopper types it. Default: expiry `12/32`, security code `100`, a name where one is asked for. */
export interface CardToType {
  number: string
  /** `MM/YY` */
  expiry?: string
  cvv?: string
  name?: string
}

/** What forms of other methods ask for; only what is there is filled in. */
export interface DetailsToType {
  holder?: string
  company?: string
  email?: string
  /** National digits, or with `+` and the dialling code. */
  phone?: string
  iban?: string
  address_line1?: string
  address_line2?: string
  zip?: string
  city?: string
  /** ISO 3166-1 alpha-2. */
  country?: string
  national_id?: string
  blik_code?: string
  /** Ticks the consent to a mandate. */
  consent?: boolean
}

const LOOK_MS = 50
const TIMEOUT_MS = 15_000
const ANSWER_MS = 3_000

/** Flow on the page. */
export function flow(page: Page): Locator {
  return page.getByTestId('checkout-web-component-root')
}

/** The pay button, whatever it says at the moment. */
export function payButton(page: Page): Locator {
  // Not PayPal's.
  return flow(page).getByRole('button', { name: /^Pay\b/ })
}

/** Presses it. */
export async function pay(page: Page): Promise<void> {
  const button = payButton(page)
  await button.scrollIntoViewIfNeeded()
  // Where the page was scrolled just now, a busy browser still takes a click for one on the card's frame.
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
  await button.click()
}

/** Chooses a way to pay where Flow lists several: by its label, `Card`, `iDEAL` … */
export async function chooseMethod(page: Page, label: string | RegExp): Promise<void> {
  await flow(page).getByRole('radio', { name: label }).check()
}

/** Types a card, in the layout with one frame and in that with one for each field. */
export async function fillCard(page: Page, card: CardToType): Promise<void> {
  const typed: [testId: string, text: string][] = [
    ['cardholder-name', card.name ?? 'Ada Lovelace'],
    ['card-number', card.number],
    ['card-expiry-date', card.expiry ?? '12/32'],
    ['card-cvv', card.cvv ?? '100'],
  ]
  const form = (await found(page, byTestId('card-number'))).owner
  for (const [testId, text] of typed) {
    const input = await inputOf(page, form, testId)
    if (!input) continue
    await input.fill('')
    await input.pressSequentially(text)
  }
}

/**
 * In a frame of its own, which may come later than the others, or in the one that has the number.
 * @returns nothing where the form does not ask for it
 */
async function inputOf(page: Page, form: Frame, testId: string): Promise<Locator | undefined> {
  const around = form.parentFrame() ?? form
  if ((await around.locator(`iframe[name^="${testId}__"]`).count()) > 0) {
    return (await found(page, byTestId(testId))).locator
  }
  const beside = form.locator(byTestId(testId))
  return (await beside.count()) > 0 ? beside : undefined
}

function byTestId(testId: string): string {
  return `[data-testid="${testId}"]`
}

/** The names that the fields of Flow's forms have. */
const FIELDS: Readonly<Record<Exclude<keyof DetailsToType, 'consent'>, string>> = {
  holder: 'account-holder',
  company: 'company-name',
  email: 'email',
  phone: 'phone-number',
  iban: 'iban',
  address_line1: 'address_line1',
  address_line2: 'address_line2',
  zip: 'zip',
  city: 'city',
  country: 'country',
  national_id: 'national_id',
  blik_code: 'blik_code',
}

/** Fills in what a method asks for. @throws for what it does not ask for */
export async function fillDetails(page: Page, details: DetailsToType): Promise<void> {
  const { consent, ...texts } = details
  for (const [name, text] of Object.entries(texts) as [keyof typeof FIELDS, string][]) {
    const field = flow(page).getByTestId(FIELDS[name])
    if (name === 'country') await field.selectOption(text)
    else await field.fill(text)
  }
  if (consent) await flow(page).getByTestId('mandate_consent').check()
}

/** The first stage of a method that sends a code: its own button. */
export async function sendCode(page: Page): Promise<void> {
  await flow(page).locator('.collect button.pay').click()
}

/** Types a one-time code into Flow, and confirms it. In the sandbox `123456` is right. */
export async function enterCode(page: Page, code = '123456'): Promise<void> {
  await flow(page).getByTestId('otp-code').fill(code)
  await pay(page)
}

/**
 * Answers the challenge of 3-D Secure, and resolves when the page of the issuer is left.
 * @param answer what is typed: the right password by default; for a one-time code `123456`
 */
export async function completeChallenge(page: Page, answer?: string): Promise<void> {
  const { locator: question } = await found(page, CHALLENGE_INPUT)
  const isCode = (await question.getAttribute('autocomplete')) === 'one-time-code'
  await question.fill(answer ?? (isCode ? '123456' : 'Checkout1!'))
  await leave(question, question.locator('xpath=ancestor::form').locator('button[value="continue"]'))
}

/** The shopper approves in the app of his bank, where the challenge asks for that. */
export async function approveChallengeInApp(page: Page): Promise<void> {
  const { locator: button } = await found(page, 'button[value="approved"]')
  await leave(button, button)
}

export async function cancelChallenge(page: Page): Promise<void> {
  const { locator: button } = await found(page, 'button[value="cancel"]')
  await leave(button, button)
}

const CHALLENGE_INPUT = '[data-challenge] input[type="password"], [data-challenge] input[autocomplete="one-time-code"]'

/** Presses Approve on the page of the bank or wallet to which the shopper was sent. */
export async function approveRedirect(page: Page): Promise<void> {
  await choose(page, 'approve')
}

export async function declineRedirect(page: Page): Promise<void> {
  await choose(page, 'fail')
}

export async function cancelRedirect(page: Page): Promise<void> {
  await choose(page, 'cancel')
}

/** The bank's page is left without an answer: what came of it is told later. */
export async function leaveRedirectPending(page: Page): Promise<void> {
  await choose(page, 'later')
}

async function choose(page: Page, choice: string): Promise<void> {
  const { locator: button } = await found(page, `button[name="choice"][value="${choice}"]`)
  await leave(button, button)
}

/** By the names of their components. */
export type Wallet = 'applepay' | 'googlepay' | 'paypal'

const WALLET_BUTTONS: Readonly<Record<Wallet, string>> = {
  applepay: 'Apple Pay',
  googlepay: 'Google Pay',
  paypal: 'PayPal',
}

/** What is chosen in the sheet of Apple Pay or Google Pay, by the names that stand there in brackets. PayPal asks for nothing. */
export interface SheetChoice {
  /** Default: `visa`. `visa-declined` is declined, `visa-number` (Google Pay) has no cryptogram. */
  card?: string
  /** Where the shop asks for one. Default: the first. */
  address?: string
}

/**
 * Presses the button of a wallet. For Apple Pay and Google Pay that is the simulator's sheet, which is there where the browser has
 * no wallet of its own.
 * @returns where the shopper goes on: PayPal's window; the page itself, with the sheet over it, or gone to PayPal
 */
export async function openWallet(page: Page, wallet: Wallet): Promise<Page> {
  const button = flow(page).locator(`button[aria-label="${WALLET_BUTTONS[wallet]}"]`)
  if (wallet !== 'paypal') {
    await button.click()
    await sheet(page).getByRole('radio').first().waitFor({ timeout: TIMEOUT_MS })
    return page
  }
  const where = Promise.any([
    page.waitForEvent('popup', { timeout: TIMEOUT_MS }),
    page
      .waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame(), timeout: TIMEOUT_MS })
      .then(() => page),
  ])
  const [opened] = await Promise.all([where, button.click()])
  return opened
}

/** Presses the button of a wallet, and approves in its sheet or window. */
export async function payWithWallet(page: Page, wallet: Wallet, choice: SheetChoice = {}): Promise<void> {
  const opened = await openWallet(page, wallet)
  if (wallet === 'paypal') return await approveRedirect(opened)
  await sheet(page)
    .locator(`input[name="card"][value="${choice.card ?? 'visa'}"]`)
    .check()
  if (choice.address !== undefined) {
    await sheet(page).locator(`input[name="address"][value="${choice.address}"]`).check()
  }
  await leaveSheet(page, 'sheet-pay')
}

/** Presses the button of a wallet, and Cancel in its sheet or window. Nothing was tried then; with PayPal, an attempt is over. */
export async function cancelWallet(page: Page, wallet: Wallet): Promise<void> {
  const opened = await openWallet(page, wallet)
  if (wallet === 'paypal') return await cancelRedirect(opened)
  await leaveSheet(page, 'sheet-cancel')
}

function sheet(page: Page): Locator {
  return page.getByTestId('sluice-wallet-sheet')
}

async function leaveSheet(page: Page, button: string): Promise<void> {
  await sheet(page).getByTestId(button).click()
  await sheet(page).waitFor({ state: 'detached', timeout: TIMEOUT_MS })
}

/** Outside the shop: pays the reference that a voucher method gave, as at a cash machine. Needs no browser. */
export async function payVoucher(world: World, paymentId: string): Promise<void> {
  await world.decide(paymentId, 'approve')
}

/** Outside the shop: confirms in the method's app, pays a scanned code, or lets a debit be collected at once. */
export async function approveInApp(world: World, paymentId: string): Promise<void> {
  await world.decide(paymentId, 'approve')
}

/** Outside the shop: refuses a payment that waits. */
export async function declineElsewhere(world: World, paymentId: string): Promise<void> {
  await world.decide(paymentId, 'fail')
}

/** Presses a button of a page that goes away with it, or comes anew: its frame may be gone before we look. */
async function leave(where: Locator, button: Locator): Promise<void> {
  const before = await where.elementHandle()
  await button.click().catch((cause: Error) => {
    // A window that closes itself does not wait for the end of the click.
    if (!button.page().isClosed()) throw cause
  })
  await before?.waitForElementState('hidden', { timeout: TIMEOUT_MS }).catch((cause: Error) => {
    if (cause.name === 'TimeoutError') throw cause
  })
}

interface Found {
  owner: Frame
  locator: Locator
}

/** What is there and can be seen, in any frame of the page. */
async function there(page: Page, selector: string): Promise<Found | undefined> {
  const looks = page.frames().map(async (owner) => {
    const locator = owner.locator(selector).first()
    return (await isShown(owner, locator)) ? { owner, locator } : undefined
  })
  return (await Promise.all(looks)).find((one) => one !== undefined)
}

/** A frame may go away while it is looked into. One that did so while it loaded is still listed, and never answers. */
async function isShown(frame: Frame, locator: Locator): Promise<boolean> {
  if (frame.isDetached()) return false
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ANSWER_MS, false)
  })
  return await Promise.race([locator.isVisible(), silence])
    .catch(() => false)
    .finally(() => clearTimeout(timer))
}

/** @throws when it does not appear within 15 seconds */
async function found(page: Page, selector: string): Promise<Found> {
  const giveUpAt = performance.now() + TIMEOUT_MS
  for (;;) {
    const shown = await there(page, selector)
    if (shown) return shown
    if (performance.now() > giveUpAt) throw new Error(`${selector} is in no frame of ${page.url()}`)
    await page.waitForTimeout(LOOK_MS)
  }
}
