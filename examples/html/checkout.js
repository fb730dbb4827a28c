const PUBLIC_KEY = 'pk_sbox_sluicesandboxpublickey22222'
const message = document.getElementById('message')

/** What the page is told of a payment is a hint; the shop's server asks the API. */
async function showOutcome(sessionId) {
  const { status } = await (await fetch(`/outcome?session=${encodeURIComponent(sessionId)}`)).json()
  message.textContent = status === 'Approved' ? 'Thank you, it is paid.' : 'It is not paid.'
}

async function showForm() {
  const answer = await fetch('/session', { method: 'POST' })
  const paymentSession = await answer.json()
  if (!answer.ok) throw new Error(paymentSession.error ?? paymentSession.error_codes?.join(', '))
  const checkout = await window.CheckoutWebComponents({
    publicKey: PUBLIC_KEY,
    environment: 'sandbox',
    paymentSession,
    onPaymentCompleted: () => showOutcome(paymentSession.id),
    onError: (_component, error) => console.warn(error.message),
  })
  checkout.create('flow').mount('#payment')
}

// Back from the bank's page: the address says which session it was about.
const returned = new URLSearchParams(location.search).get('cko-payment-session-id')
try {
  await (returned ? showOutcome(returned) : showForm())
} catch (error) {
  message.textContent = `The checkout could not be started: ${error.message}`
}
