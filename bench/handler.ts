/**
 * What Sluice is compared with: a `node:http` handler that parses the JSON of a session and inserts the row Sluice would,
 * without keys, checks, limits, log or answer worth the name. `handler.ts bare` runs one insert for each request,
 * `handler.ts coalescing` one for all requests that have come meanwhile.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { uuidOf } from '@sluice/core/ids'
import { newId } from '@sluice/server/operations/ids'
import { SANDBOX_CHANNEL } from '@sluice/server/operations/seed'
import { systemNow } from '@sluice/server/time'
import pg from 'pg'

/** As many as Sluice has by default. */
const CONNECTIONS = 10
const ENTITY_KEY = 1
const CHANNEL = uuidOf('channel', SANDBOX_CHANNEL) as string
const ctx = { now: systemNow }

interface Row {
  id: string
  amount: number
  currency: string
  request: unknown
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: CONNECTIONS })
const insert = process.argv[2] === 'coalescing' ? coalescing(insertMany) : insertOne

const server = createServer((request, response) => {
  create(request, response).catch((error: Error) => response.writeHead(500).end(error.message))
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

async function create(request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  const row: Row = { id: newId(ctx, ENTITY_KEY), amount: body.amount, currency: body.currency, request: body }
  await insert(row)
  const answer = JSON.stringify({ id: row.id, amount: row.amount, currency: row.currency, status: 'Pending' })
  response
    .writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
    .end(answer)
}

async function insertOne({ id, amount, currency, request }: Row) {
  await pool.query({
    name: 'insert_one',
    text: `
      insert into payment_sessions
             (entity_key, id, channel_id, state, amount, currency, payable, max_attempts, request, created_on, expires_on)
      values ($1, $2, $3, 'open', $4, $5, true, 6, $6, now(), now() + interval '1 hour')`,
    values: [ENTITY_KEY, id, CHANNEL, amount, currency, JSON.stringify(request)],
  })
}

async function insertMany(rows: readonly Row[]) {
  await pool.query({
    name: 'insert_many',
    text: `
      insert into payment_sessions
             (entity_key, id, channel_id, state, amount, currency, payable, max_attempts, request, created_on, expires_on)
      select $1, w.id, $2, 'open', w.amount, w.currency, true, 6, w.request, now(), now() + interval '1 hour'
        from json_to_recordset($3::json) as w (id uuid, amount bigint, currency text, request jsonb)`,
    values: [ENTITY_KEY, CHANNEL, JSON.stringify(rows)],
  })
}

/** One statement is under way, and those who come meanwhile go together in the next one. */
function coalescing(insertRows: (rows: readonly Row[]) => Promise<void>): (row: Row) => Promise<void> {
  let waiting: Row[] = []
  let next: Promise<void> | undefined
  let running: Promise<void> = Promise.resolve()

  async function insertWaiting(after: Promise<void>) {
    await after.catch(() => {}) // told to those whose rows they were
    const rows = waiting
    waiting = []
    next = undefined
    await insertRows(rows)
  }

  return (row) => {
    waiting.push(row)
    if (!next) {
      next = insertWaiting(running)
      running = next
    }
    return next
  }
}
