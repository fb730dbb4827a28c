import { loadCheckoutWebComponents } from '@checkout.com/checkout-web-components'
import { useEffect, useRef, useState } from 'react'

const PUBLIC_KEY = 'pk_sbox_sluicesandboxpublickey22222'

/** @param {{ onPaid: (sessionId: string) => void }} props */
export function CardForm({ onPaid }) {
  const target = useRef(null)
  const [trouble, setTrouble] = useState('')

  useEffect(() => {
    let component
    let gone = false

    async function start() {
      const answer = await fetch('/session', { method: 'POST' })
      const paymentSession = await answer.json()
      if (!answer.ok) throw new Error(paymentSession.error ?? paymentSession.error_codes?.join(', '))
      // The official loader, unchanged: it uses the script that index.html loaded from Sluice.
      const checkout = await loadCheckoutWebComponents({
        publicKey: PUBLIC_KEY,
        environment: 'sandbox',
        paymentSession,
        onPaymentCompleted: () => onPaid(paymentSession.id),
        onError: (_component, error) => console.warn(error.message),
      })
      // StrictMode runs an effect twice: the first one is over before it gets here.
      if (gone) return
      component = checkout.create('flow')
      component.mount(target.current)
    }

    start().catch((error) => gone || setTrouble(error.message))
    return () => {
      gone = true
      component?.unmount()
    }
  }, [onPaid])

  return (
    <>
      <div ref={target} />
      <p role="status">{trouble}</p>
    </>
  )
}
