// The checkout page: mounts the card form in the way the visitor chose, and keeps it up to date with the basket.
import { note, refreshCalls } from './panel.js'

const { publicKey, currency, settings } = JSON.parse(document.getElementById('shop').textContent)
const { integration } = settings
const target = document.getElementById('payment')
const status = document.getElementById('status')

/** What the form looks like in the shop's own theme; the others follow the page's `color-scheme` by themselves. */
const CLAY = {
  colorAction: '#9c3f28',
  colorOutline: '#9c3f28',
  colorPrimary: '#3a2a22',
  colorSecondary: '#6f5a4e',
  colorBorder: '#d9c7b8',
  colorFormBorder: '#a08a7b',
  colorFormBackground: '#fffaf4',
  colorBackground: '#fdf4ea',
  borderRadius: ['14px', '999px'],
  subheading: { fontFamily: 'Georgia, serif', fontWeight: 600 },
  button: { fontFamily: 'Georgia, serif', fontWeight: 600 },
}

const NOT_FINISHED = 'The bank has not finished with your last try, so please enter your card again.'

let checkout
let component
let session

async function start() {
  try {
    // None in the sessionless mode, unless the shopper is back from the bank: then there is one to go on with.
    session = await post('/checkout/session')
    const begin = await starter()
    checkout = await begin(options())
    // The session may have been requested with another amount than the shop's server would submit now.
    if (session && handlers[integration]) await checkout.update({ amount: amountShown(), currency })
    // Without a session there is no list of methods: components are made one by one.
    component = checkout.create(session ? 'flow' : 'card')
    if (await component.isAvailable()) component.mount(target)
    else say('This way of paying is not available here.')
  } catch (error) {
    note('thrown', '', error.message)
    say(`The payment form could not be started: ${error.message}`)
  }
}

/** (b) loads the official package exactly as it is on npm: it finds the global of our script, and uses it. */
async function starter() {
  if (!window.CheckoutWebComponents) throw new Error('The script of the card form did not load')
  if (integration !== 'official') return window.CheckoutWebComponents
  const { loadCheckoutWebComponents } = await import('/vendor/checkout-web-components.js')
  return loadCheckoutWebComponents
}

function options() {
  const said = (name) => (self, detail) => note(name, self.type, detail)
  return {
    publicKey,
    environment: 'sandbox',
    locale: settings.locale,
    redirectMode: settings.redirect,
    ...(session && { paymentSession: session }),
    ...(!session && { componentOptions: { amount: amountShown(), currency } }),
    ...(settings.theme === 'clay' && { appearance: CLAY }),
    ...(handlers[integration] && { handleSubmit: handlers[integration] }),
    onReady: said('onReady'),
    onChange: (self) => note('onChange', self.type, { isValid: self.isValid() }),
    onSubmit: said('onSubmit'),
    onCardBinChanged: said('onCardBinChanged'),
    onError: (self, error) => {
      note('onError', self?.type, error.message)
      void refreshCalls()
    },
    onPaymentCompleted: (self, payment) => {
      note('onPaymentCompleted', self.type, payment)
      // The order page asks the API what was paid; nothing it is told here would make it believe.
      location.assign(`/success?session=${encodeURIComponent(session?.id ?? completed)}`)
    },
  }
}

/** (c) and (d): the page hands the sealed card to the shop's server, and its answer back to the form, unchanged. */
const handlers = {
  server: (_self, { session_data }) => post('/checkout/submit', { session: session.id, session_data }),
  sessionless: async (self, details) => {
    if (session) return handlers.server(self, details)
    const answer = await post('/checkout/complete', details)
    completed = answer.payment_session_id
    return answer
  },
}
/** The session that the shop's server made and paid in one call. */
let completed

/** The basket changed while the form was there. */
async function priceChanged(basket) {
  if (!checkout) return
  if (integration === 'server' || integration === 'sessionless') {
    // The shop's server names the amount when it submits, so the form only has to show the new one.
    await checkout.update({ amount: basket.amount, currency })
    note('update', '', { amount: basket.amount, currency })
    return
  }
  // Nobody but the session says what is charged: a new amount takes a new session, and the card is entered again.
  await startAgain('The total changed, so please enter your card again.')
}

async function startAgain(why) {
  component.unmount()
  await start()
  say(why)
}

async function step(form) {
  const basket = await post('/basket', Object.fromEntries(new FormData(form)))
  if (basket.count === 0) return location.assign('/checkout')
  for (const line of document.querySelectorAll('[data-product]')) {
    const now = basket.lines.find(({ id }) => id === line.dataset.product)
    if (!now) {
      line.remove()
      continue
    }
    line.querySelector('output').textContent = now.quantity
    line.querySelector('[data-total]').textContent = now.total
    const [less, more] = line.querySelectorAll('input[name=quantity]')
    less.value = now.quantity - 1
    more.value = now.quantity + 1
  }
  document.querySelector('[data-amount]').textContent = basket.total
  document.querySelector('[data-amount]').dataset.amount = basket.amount
  document.querySelector('[data-count]').textContent = basket.count
  await priceChanged(basket)
}

for (const form of document.querySelectorAll('[data-steps] form')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    step(form).catch((error) => say(error.message))
  })
}

function amountShown() {
  return Number(document.querySelector('[data-amount]').dataset.amount)
}

async function post(path, body = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  void refreshCalls()
  if (response.status === 204) return undefined
  const answer = await response.json()
  if (response.status === 409 && answer.order) location.replace(`/success?order=${encodeURIComponent(answer.order)}`)
  if (response.status === 409 && answer.unfinished) void startAgain(NOT_FINISHED)
  if (!response.ok)
    throw new Error(answer.error_codes?.join(', ') ?? answer.error ?? `The shop answered ${response.status}`)
  return answer
}

function say(text) {
  status.textContent = text
}

await start()
