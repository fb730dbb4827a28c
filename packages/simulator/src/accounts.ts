/**
 * Who may speak for a merchant. The first key that is shown for one is his: from then on a message about him is taken with
 * it only. A merchant for whom none was ever shown may be charged by anybody, and nobody can have anything else done.
 */
import { createHmac } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Pool } from 'pg'

export interface Accounts {
  /** The mark of the key that is the merchant's; nothing where none was shown yet. */
  keyMarkOf(merchant: string): Promise<string | undefined>
  /** Makes the key his where none was shown before. @returns the mark of the one that is his */
  claim(merchant: string, keyMark: string): Promise<string>
}

const MOST_REMEMBERED = 10_000

export function openAccounts(pool: Pool): Accounts {
  const known = new Map<string, string>()
  const remember = (merchant: string, mark: string | undefined) => {
    if (known.size >= MOST_REMEMBERED) known.clear()
    if (mark !== undefined) known.set(merchant, mark)
    return mark
  }

  async function keyMarkOf(merchant: string): Promise<string | undefined> {
    const mark = known.get(merchant)
    if (mark !== undefined) return mark
    const { rows } = await pool.query<{ key_mark: string }>({
      name: 'key_of_account',
      text: 'select key_mark from accounts where merchant = $1',
      values: [merchant],
    })
    return remember(merchant, rows[0]?.key_mark)
  }

  return {
    keyMarkOf,

    async claim(merchant, keyMark) {
      const mark = await keyMarkOf(merchant)
      if (mark !== undefined) return mark
      await pool.query({
        name: 'claim_account',
        text: 'insert into accounts (merchant, key_mark) values ($1, $2) on conflict do nothing',
        values: [merchant, keyMark],
      })
      return (await keyMarkOf(merchant)) ?? keyMark
    },
  }
}

/** Messages in which a merchant without a key may be named too: he has nothing that could be taken from him. */
const PAYMENTS = '/acquirer/'
const CONTROLS = '/control/'

/** Refuses messages about a merchant that do not come from him: 401 `key_invalid`. */
export function accountHooks(app: FastifyInstance, { accounts, secret }: { accounts: Accounts; secret: Buffer }) {
  app.addHook('preHandler', async (request, reply): Promise<unknown> => {
    const path = request.routeOptions.url ?? ''
    const control = path.startsWith(CONTROLS)
    if (!control && !path.startsWith(PAYMENTS)) return undefined
    const merchant = merchantOf(request)
    // Whoever handles the message refuses it.
    if (merchant === undefined) return undefined
    const key = keyOf(request)
    const mark = key && createHmac('sha256', secret).update(`account\n${key}`).digest('base64url')
    const his = mark ? await accounts.claim(merchant, mark) : await accounts.keyMarkOf(merchant)
    if (his === mark && (mark !== undefined || !control)) return undefined
    return reply.code(401).send({
      error: 'key_invalid',
      message: 'Send Authorization: Bearer, with the key that was shown first for this merchant.',
    })
  })
}

function merchantOf({ body, query }: FastifyRequest): string | undefined {
  const { merchant } = ((body ?? query) as { merchant?: unknown } | null) ?? {}
  return typeof merchant === 'string' ? merchant : undefined
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer ([\x21-\x7e]{16,200})$/.exec(headers.authorization ?? '')?.[1]
}
