import { useEffect, useState } from 'react'
import { CardForm } from './CardForm.jsx'

export function App() {
  // Back from the bank's page, the address says which session it was about.
  const [paid, setPaid] = useState(() => new URLSearchParams(location.search).get('cko-payment-session-id'))

  return (
    <main>
      <h1>Harbour mug, £18.00</h1>
      {paid ? <Outcome sessionId={paid} /> : <CardForm onPaid={setPaid} />}
    </main>
  )
}

/** What the page is told of a payment is a hint; the shop's server asks the API. */
function Outcome({ sessionId }) {
  const [status, setStatus] = useState()

  useEffect(() => {
    fetch(`/outcome?session=${encodeURIComponent(sessionId)}`)
      .then((answer) => answer.json())
      .then((outcome) => setStatus(outcome.status))
      .catch(() => setStatus('unknown'))
  }, [sessionId])

  if (!status) return <p role="status">One moment…</p>
  return <p role="status">{status === 'Approved' ? 'Thank you, it is paid.' : 'It is not paid.'}</p>
}
