/** Payments of a merchant, listed by page and searched by query, latest first. */
import { InvalidQuery, InvalidRequest, Problem } from '@sluice/core/problems'
import { type Condition, namedBy, parsePaymentQuery, QueryError, stepsOf } from '@sluice/core/payment-query'
import { timestampMs } from '@sluice/core/wire/formats'
import { LONGEST_RANGE_DAYS, type SearchPaymentsBody } from '@sluice/core/wire/payment-lists'
import type { Context } from '../context.ts'
import type { Position } from '../store/payment-lists.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { Caller } from './merchant.ts'

const DEFAULT_LENGTH = 10
const DAY_MS = 86_400_000
const LONGEST_RANGE_MS = LONGEST_RANGE_DAYS * DAY_MS
/** Lower than every id: the place before all payments of a moment is the place after all earlier ones. */
const LOWEST_ID = '00000000-0000-0000-0000-000000000000'

/**
 * A search looks at few payments first, and at more as long as it finds too few. It ends after so many rounds with what
 * it has: a query that hardly anything matches must not keep the database from taking payments. Of a query that takes
 * many steps it looks at less in a round, so that none comes near the time a statement may take.
 */
const FIRST_LOOKS = 200
const MOST_LOOKS = 5000
const ROUNDS = 8
/** A query of so many steps takes about twice as long for a payment as it takes to read one. */
const STEPS_LIKE_A_READ = 10

const PURPOSE = 'payment-search-cursor'

/** One page. `skip`: how many later ones to leave out. */
export function listPayments(
  ctx: Context,
  caller: Caller,
  page: { reference?: string; limit: number; skip: number },
): Promise<{ payments: PaymentRow[]; total: number }> {
  const { reference, limit, skip } = page
  return ctx.store.listPayments(caller.entityKey, { channels: channelsOf(caller), reference, limit, skip })
}

export interface FoundPayments {
  payments: PaymentRow[]
  /** What to send for those that follow; absent when there are none. */
  cursor: string | undefined
}

/**
 * The payments of a range that a query describes. What is made while somebody pages through is later than the place he
 * has reached, so that nothing comes twice and nothing that was there is left out.
 * @param problems what is wrong with the members of the body
 * @param cursor of an earlier answer to the same search
 * @throws InvalidRequest, InvalidQuery, Problem `cursor_invalid`
 */
export async function searchPayments(
  ctx: Context,
  caller: Caller,
  body: SearchPaymentsBody,
  problems: readonly string[],
  cursor: string | undefined,
): Promise<FoundPayments> {
  if (problems.length > 0) throw new InvalidRequest(problems)
  const condition = conditionOf(body.query)
  const digest = digestOf(ctx, caller, body)
  const start = cursor === undefined ? await startOf(ctx, caller, body) : readCursor(ctx, cursor, digest)
  const id = namedBy(condition, 'id')
  const sought = {
    condition,
    id,
    reference: namedBy(condition, 'reference'),
    channels: channelsOf(caller),
    from: new Date(start.from),
  }
  const limit = body.limit ?? DEFAULT_LENGTH
  const payments: PaymentRow[] = []
  let after: Position | undefined = id === '' ? undefined : start.after
  const mostLooks = Math.ceil((MOST_LOOKS * STEPS_LIKE_A_READ) / (STEPS_LIKE_A_READ + stepsOf(condition)))
  let looks = Math.min(mostLooks, Math.max(FIRST_LOOKS, limit))
  for (let round = 0; after && payments.length < limit && round < ROUNDS; round++) {
    const wanted = limit - payments.length
    const { found, reached } = await ctx.store.searchPayments(caller.entityKey, {
      ...sought,
      after,
      limit: wanted + 1,
      looks,
    })
    payments.push(...found.slice(0, wanted).map(({ payment }) => payment))
    after = found.length > wanted ? found[wanted - 1]?.position : reached
    looks = Math.min(mostLooks, looks * 4)
  }
  return { payments, cursor: after && writeCursor(ctx, { digest, from: start.from, after }) }
}

function channelsOf({ channels }: Caller): readonly string[] | null {
  return channels === 'all' ? null : channels
}

/** A query that says nothing is one that everything matches. */
function conditionOf(query = ''): Condition {
  if (query.trim() === '') return { is: 'all', parts: [] }
  try {
    return parsePaymentQuery(query)
  } catch (error) {
    if (error instanceof QueryError) throw new InvalidQuery(error.position, error.message)
    throw error
  }
}

/** Where a search begins and ends: milliseconds since 1970, merchant's time, and a place. */
interface Start {
  from: number
  after: Position
}

async function startOf(ctx: Context, caller: Caller, { from, to }: SearchPaymentsBody): Promise<Start> {
  const end = momentOf(to) ?? (await ctx.store.entityNow(caller.entityKey)).getTime()
  const begin = momentOf(from) ?? end - LONGEST_RANGE_MS
  if (begin > end) throw new InvalidRequest(['to_invalid'])
  if (end - begin > LONGEST_RANGE_MS) throw new InvalidRequest(['from_invalid'])
  // Rows have microseconds: what happened within the last millisecond belongs to it.
  return { from: begin, after: { on: new Date(end + 1).toISOString(), id: LOWEST_ID } }
}

function momentOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : timestampMs(text)
}

/** Which search a cursor belongs to: whose, on which channels, and all that says what is found. */
function digestOf(ctx: Context, { entityKey, channels }: Caller, { query = '', from, to }: SearchPaymentsBody): string {
  const seen = channels === 'all' ? channels : channels.toSorted()
  return ctx.vault.mac(PURPOSE, JSON.stringify([entityKey, seen, query, from, to])).toString('base64url')
}

interface Cursor extends Start {
  digest: string
}

function writeCursor(ctx: Context, cursor: Cursor): string {
  return ctx.vault.wrap(PURPOSE, Buffer.from(JSON.stringify(cursor), 'utf8')).toString('base64url')
}

function readCursor(ctx: Context, text: string, digest: string): Start {
  const cursor = openCursor(ctx, text)
  if (cursor?.digest !== digest) throw new Problem('cursor_invalid')
  return cursor
}

function openCursor(ctx: Context, text: string): Cursor | undefined {
  try {
    return JSON.parse(ctx.vault.unwrap(PURPOSE, Buffer.from(text, 'base64url')).toString('utf8')) as Cursor
  } catch {
    return undefined
  }
}
