import type { Config } from '@sluice/server/config'
import { SANDBOX_CHANNEL, SANDBOX_KEYS } from '@sluice/server/operations/seed'
import { shellWord } from './shell.ts'

/** Who calls the API in the examples that we print. */
export interface Caller {
  secretKey: string
  channel: string
  /** File of a certificate that `curl` does not trust by itself. */
  certificate?: string
}

/** The merchant that everybody knows. */
export const PUBLISHED: Caller = { secretKey: SANDBOX_KEYS.secret, channel: SANDBOX_CHANNEL }

/** A merchant the operator has yet to make. */
const TO_BE_MADE: Caller = { secretKey: 'sk_sbox_…', channel: 'pc_…' }

export function callerOf(keys: Config['keys'], certificate: string | undefined): Caller {
  const merchant = keys === 'published' ? PUBLISHED : TO_BE_MADE
  return certificate === undefined ? merchant : { ...merchant, certificate }
}

/** A command that requests a payment session, and works when pasted into a POSIX shell. */
export function firstCurl(api: string, caller: Caller): string {
  const body = {
    amount: 1000,
    currency: 'GBP',
    reference: 'ORD-1',
    processing_channel_id: caller.channel,
    billing: { address: { country: 'GB' } },
    success_url: 'https://example.com/success',
    failure_url: 'https://example.com/failure',
  }
  return [
    `${curl(caller)} ${api}/payment-sessions \\`,
    `  -H 'Authorization: Bearer ${caller.secretKey}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n')
}

export function curl({ certificate }: Caller): string {
  return certificate === undefined ? 'curl' : `curl --cacert ${shellWord(certificate)}`
}
