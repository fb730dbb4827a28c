/** What the address of a page says when a shopper came back to it from a bank's page. */
export interface Return {
  /** `ps_…` */
  paymentSessionId: string | undefined
  /** `pay_…` */
  paymentId: string | undefined
  /** `sid_…`, when there was an authentication. */
  sessionId: string | undefined
}

/**
 * Reads the three parameters that were added to `success_url` or `failure_url`. They are a hint and no proof: a shop reads
 * the payment from the API, or waits for the webhook, before it believes that it was paid.
 * @param search the query of an address, with or without `?`; by default that of the page
 * @returns `undefined` when this page load is no return
 */
export function handleReturn(search: string = location.search): Return | undefined {
  const query = new URLSearchParams(search)
  const read = (name: string) => query.get(`cko-${name}`) || undefined
  const found: Return = {
    paymentSessionId: read('payment-session-id'),
    paymentId: read('payment-id'),
    sessionId: read('session-id'),
  }
  return Object.values(found).some(Boolean) ? found : undefined
}
