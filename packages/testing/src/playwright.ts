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
  await found(page, '[data-testid="card-number"]')
  for (const [testId, text] of typed) {
    const input = await there(page, `[data-testid="${testId}"]`)
    if (!input) continue
    await input.fill('')
    await input.pressSequentially(text)
  }
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
  const question = await found(page, CHALLENGE_INPUT)
  const isCode = (await question.getAttribute('autocomplete')) === 'one-time-code'
  await question.fill(answer ?? (isCode ? '123456' : 'Checkout1!'))
  await leave(question, question.locator('xpath=ancestor::form').locator('button[value="continue"]'))
}

/** The shopper approves in the app of his bank, where the challenge asks for that. */
export async function approveChallengeInApp(page: Page): Promise<void> {
  const button = await found(page, 'button[value="approved"]')
  await leave(button, button)
}

export async function cancelChallenge(page: Page): Promise<void> {
  const button = await found(page, 'button[value="cancel"]')
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
  const button = await found(page, `button[name="choice"][value="${choice}"]`)
  await leave(button, button)
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
  await button.click()
  await before?.waitForElementState('hidden', { timeout: TIMEOUT_MS }).catch((cause: Error) => {
    if (cause.name === 'TimeoutError') throw cause
  })
}

/** What is there and can be seen, in any frame of the page. */
async function there(page: Page, selector: string): Promise<Locator | undefined> {
  const looks = page.frames().map(async (frame) => {
    const locator = frame.locator(selector).first()
    return (await isShown(frame, locator)) ? locator : undefined
  })
  return (await Promise.all(looks)).find((locator) => locator !== undefined)
}

/** A frame may go away while it is looked into. One that did so while it loaded is still listed, and never answers. */
async function isShown(frame: Frame, locator: Locator): Promise<boolean> {
  if (frame.isDetached()) return false
  const silence = frame.page().waitForTimeout(ANSWER_MS)
  return await Promise.race([locator.isVisible(), silence.then(() => false)]).catch(() => false)
}

/** @throws when it does not appear within 15 seconds */
async function found(page: Page, selector: string): Promise<Locator> {
  const giveUpAt = performance.now() + TIMEOUT_MS
  for (;;) {
    const locator = await there(page, selector)
    if (locator) return locator
    if (performance.now() > giveUpAt) throw new Error(`${selector} is in no frame of ${page.url()}`)
    await page.waitForTimeout(LOOK_MS)
  }
}
