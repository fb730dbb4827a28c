/** What is secret about a receiver: the headers sent to it and the key its messages are signed with. Sealed at rest. */
import type { Context } from '../context.ts'

export interface ReceiverSecrets {
  headers: Record<string, string>
  key: string | undefined
}

/** A secret is told by its last characters, and only when enough of it stays hidden. */
const MASK = '********'
const SHOWN = 4
const LONG_ENOUGH = 16

const MAY_BE_SECRET = /auth|key|token|secret|cookie|passw|sign|credential/i

export function sealReceiver(ctx: Context, entityKey: number, actionId: string, secrets: ReceiverSecrets): Buffer {
  return ctx.vault.wrap(purposeOf(entityKey, actionId), Buffer.from(JSON.stringify(secrets), 'utf8'))
}

export function unsealReceiver(ctx: Context, entityKey: number, actionId: string, sealed: Buffer): ReceiverSecrets {
  const plain = ctx.vault.unwrap(purposeOf(entityKey, actionId), sealed)
  return JSON.parse(plain.toString('utf8')) as ReceiverSecrets
}

/** What was sealed for one receiver opens for no other. */
function purposeOf(entityKey: number, actionId: string): string {
  return `webhook/${entityKey}/${actionId}`
}

export function maskedSecrets({ headers, key }: ReceiverSecrets): ReceiverSecrets {
  const shown = Object.entries(headers).map(([name, value]) => [name, MAY_BE_SECRET.test(name) ? masked(value) : value])
  return { headers: Object.fromEntries(shown), key: key === undefined ? undefined : masked(key) }
}

/** A value that is sent back as it was shown stays as it was. */
export function unmaskedSecrets(given: ReceiverSecrets, before: ReceiverSecrets | undefined): ReceiverSecrets {
  if (!before) return given
  const shown = maskedSecrets(before)
  const headers = Object.entries(given.headers).map(([name, value]) => {
    const kept = before.headers[name]
    return [name, kept !== undefined && value === shown.headers[name] ? kept : value]
  })
  return { headers: Object.fromEntries(headers), key: given.key === shown.key ? before.key : given.key }
}

function masked(value: string): string {
  return value.length < LONG_ENOUGH ? MASK : MASK + value.slice(-SHOWN)
}
