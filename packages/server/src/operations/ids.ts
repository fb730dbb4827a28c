/** New identifiers: a UUIDv7 of real time, with the merchant's routing bucket. */
import { randomBytes } from 'node:crypto'
import { uuidV7 } from '@sluice/core/ids'
import type { Context } from '../context.ts'

const BUCKETS = 4096
/** Random bytes are drawn from the kernel many at a time: an id takes eight. */
const POOL_BYTES = 4096
const BYTES_PER_ID = 8

let pool = Buffer.alloc(0)
let used = 0

export function newId(ctx: Pick<Context, 'now'>, entityKey: number): string {
  if (used + BYTES_PER_ID > pool.length) {
    pool = randomBytes(POOL_BYTES)
    used = 0
  }
  const random = pool.subarray(used, used + BYTES_PER_ID)
  used += BYTES_PER_ID
  return uuidV7(ctx.now(), entityKey % BUCKETS, random)
}
