/** The same request has the same fingerprint, whoever serialised it. */
import type { Context } from '../context.ts'

/** JSON whose members are in one order. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

/** Tells a repeat from a change without keeping either: a keyed MAC over what was asked of whom, hex. */
export function fingerprintOf(ctx: Context, subject: readonly string[], body: unknown): string {
  return ctx.vault.mac('request', canonicalJson([...subject, body])).toString('hex')
}
