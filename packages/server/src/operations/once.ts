/** A request with an idempotency key: done once, and answered with the same bytes for a day. */
import { randomUUID } from 'node:crypto'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import { fingerprintOf } from './fingerprint.ts'

/** An answer as it goes over the wire: its body is text, and a repeat gets the same bytes. */
export interface KeptAnswer {
  status: number
  /** JSON */
  body: string
  /** Wire id of what the answer is about. */
  subject: string
  /** Not while the outcome is being found out: whoever asks again is to hear the news. */
  final: boolean
  replayed: boolean
}

/** What a key is good for: two endpoints may share a value without harm. */
export interface KeyedRequest {
  entityKey: number
  /** `Cko-Idempotency-Key`, when there is one. */
  key: string | undefined
  /** Method and path, with the id in it. */
  endpoint: string
  body: unknown
}

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/
const WRAPPED_FOR = 'idempotency'

/**
 * Runs `work` unless its answer is known. Only a 2xx is kept; after anything else the same key runs the request again.
 * @throws Problem `idempotency_key_invalid`, `idempotency_key_reused`, or `session_already_in_use` while it is running
 */
export async function once(ctx: Context, request: KeyedRequest, work: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
  const { entityKey, key, endpoint, body } = request
  if (key === undefined) return await work()
  if (!VISIBLE_ASCII.test(key)) throw new Problem('idempotency_key_invalid')

  const owner = randomUUID()
  const claim = await ctx.store.claimIdempotencyKey(entityKey, {
    suffix: recordSuffix(ctx.vault.mac('idempotency', `${endpoint}\n${key}`)),
    fingerprint: Buffer.from(fingerprintOf(ctx, [endpoint], body), 'hex'),
    owner,
  })
  if (claim.kind === 'reused') throw new Problem('idempotency_key_reused')
  if (claim.kind === 'running') throw new Problem('session_already_in_use', claim.leaseLeftS)
  if (claim.kind === 'done') {
    const kept = ctx.vault.unwrap(WRAPPED_FOR, claim.body).toString('utf8')
    return {
      status: claim.status,
      body: kept,
      subject: subjectOf(kept),
      final: true,
      replayed: true,
    }
  }

  const { id } = claim
  try {
    const answer = await work()
    if (!answer.final) {
      await ctx.store.releaseIdempotencyKey(entityKey, { id, owner })
      return answer
    }
    const sealed = ctx.vault.wrap(WRAPPED_FOR, Buffer.from(answer.body, 'utf8'))
    await ctx.store.keepIdempotentAnswer(entityKey, { id, owner, status: answer.status, body: sealed })
    return answer
  } catch (cause) {
    await ctx.store.releaseIdempotencyKey(entityKey, { id, owner })
    throw cause
  }
}

/** What is asked for after a payment is answered with the id of the action. */
function subjectOf(body: string): string {
  const { id, action_id } = JSON.parse(body) as { id?: string; action_id?: string }
  return id ?? action_id ?? ''
}

/** 74 bits of the MAC, in the places that a UUID of version 8 (RFC 9562) leaves free behind its first 48 bits. */
function recordSuffix(mac: Buffer): string {
  const hex = mac.toString('hex')
  const variant = ((mac[9] as number) & 0x3f) | 0x80
  return `8${hex.slice(0, 3)}${variant.toString(16)}${hex.slice(3, 17)}`
}
