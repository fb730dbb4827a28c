import { SANDBOX_CHANNEL, SANDBOX_KEYS } from '@sluice/server/operations/seed'

/** A command that requests a payment session of the sandbox merchant, and works when pasted into a POSIX shell. */
export function firstCurl(api: string): string {
  const body = {
    amount: 1000,
    currency: 'GBP',
    reference: 'ORD-1',
    processing_channel_id: SANDBOX_CHANNEL,
    billing: { address: { country: 'GB' } },
    success_url: 'https://example.com/success',
    failure_url: 'https://example.com/failure',
  }
  return [
    `curl ${api}/payment-sessions \\`,
    `  -H 'Authorization: Bearer ${SANDBOX_KEYS.secret}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n')
}
