// A merchant's server takes a payment with the official checkout-sdk-node, unchanged: only its `host` points at Sluice.
// Plain JavaScript for Node 20 and newer. Start Sluice first, then: node examples/server-node/pay.js
'use strict'
const { execFile } = require('node:child_process')
const { join } = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { promisify } = require('node:util')

/** Where Sluice listens and whose payment it is: the published sandbox merchant unless the environment says otherwise. */
const {
  SLUICE_API = 'http://localhost:4242',
  SLUICE_SECRET_KEY = 'sk_sbox_sluicesandboxsecretkey22222',
  SLUICE_PUBLIC_KEY = 'pk_sbox_sluicesandboxpublickey22222',
  SLUICE_CLIENT_ID = 'ack_sluicesandboxclientid22224',
  SLUICE_CLIENT_SECRET = 'sluice-sandbox-client-secret',
  SLUICE_CHANNEL = 'pc_sluicesandboxchannel222224',
  SLUICE_CARD = '4242424242424242',
} = process.env
const SLUICE = join(__dirname, '../../packages/cli/bin/sluice.js')

/** The capture follows the approval within a moment; waiting longer than this means that something is wrong. */
const CAPTURE_WITHIN_MS = 15_000
/** The simulator's bank has nothing more to say about a payment in one of these. */
const FINAL = ['Captured', 'Declined', 'Card Verified', 'Canceled', 'Expired']

async function main() {
  const { default: Checkout } = await import('checkout-sdk-node')

  console.log('With a secret key')
  await pay(new Checkout(SLUICE_SECRET_KEY, { pk: SLUICE_PUBLIC_KEY, host: SLUICE_API }))

  console.log('With OAuth client credentials')
  const oauth = new Checkout(SLUICE_CLIENT_SECRET, {
    client: SLUICE_CLIENT_ID,
    scope: ['gateway', 'payment-sessions'],
    host: SLUICE_API,
  })
  // `host` moves the API but not the place where the SDK fetches its access token.
  oauth.config.environment.oAuthAuthorizationApi = `${SLUICE_API}/connect/token`
  await pay(oauth)
}

/** Requests a session, submits a card on it, and reads the payment until the bank is done with it. */
async function pay(checkout) {
  const session = await checkout.paymentSessions.request({
    amount: 1000, // minor units: 10.00
    currency: 'GBP',
    reference: 'ORD-123A',
    processing_channel_id: SLUICE_CHANNEL,
    billing: { address: { country: 'GB' } },
    customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
    success_url: 'https://shop.example/success',
    failure_url: 'https://shop.example/failure',
  })
  say('session', session.id)

  const attempt = await checkout.paymentSessions.submit(session.id, { session_data: await sessionData(session) })
  say('payment', attempt.id)
  say('submit', attempt.decline_reason ? `${attempt.status}: ${attempt.decline_reason}` : attempt.status)
  if (attempt.action?.url) {
    say('next', `the shopper goes to ${attempt.action.url}`)
    return
  }

  const payment = await untilFinal(checkout, attempt.id)
  const { total_captured: captured } = payment.balances
  say('read back', `${payment.status}, ${money(captured)} of ${money(payment.amount)} ${payment.currency} captured`)
}

/** What the card form makes in the shopper's browser; here the command line seals the test card in its place. */
async function sessionData(session) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    SLUICE,
    'session-data',
    `--url=${SLUICE_API}`,
    `--session=${session.id}`,
    `--secret=${session.payment_session_secret}`,
    `--card=${SLUICE_CARD}`,
    '--cvv=100',
    '--expiry=12/30',
    '--name=Ada Lovelace',
  ])
  return stdout.trim()
}

async function untilFinal(checkout, id) {
  const giveUpAt = Date.now() + CAPTURE_WITHIN_MS
  for (;;) {
    const payment = await checkout.payments.get(id)
    if (FINAL.includes(payment.status)) return payment
    if (Date.now() > giveUpAt) throw new Error(`payment ${id} is still ${payment.status}`)
    await sleep(200)
  }
}

function say(what, text) {
  console.log(`  ${what.padEnd(10)}${text}`)
}

/** Of a currency with two decimals. */
function money(amount) {
  return (amount / 100).toFixed(2)
}

main().catch((error) => {
  // The SDK's errors carry the status and Sluice's answer; the command line's carry what it said on stderr.
  const codes = error.body?.error_codes?.join(', ') ?? error.stderr?.trim()
  console.error(`Failed: ${error.message}${codes ? ` (${codes})` : ''}. Is Sluice running at ${SLUICE_API}?`)
  process.exitCode = 1
})
