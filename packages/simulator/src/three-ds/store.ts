/** Authentications in the bank's database: on the books before they are answered, and changed under lock. */
import type { ARes, TransStatus } from '@sluice/core/three-ds/messages'
import type { Pool } from 'pg'
import type { Switches } from '@sluice/core/switches'
import { inTransaction } from '../transaction.ts'

/** How the shopper proves himself on the challenge page. */
export type ChallengeKind = 'password' | 'otp' | 'oob'

/**
 * `decided` without the shopper; `challenged`: he is being asked; `answered`: he was, and the 3DS Server is to be told;
 * `reported`: it was told, or could not be.
 */
export type AuthenticationState = 'decided' | 'challenged' | 'answered' | 'reported'

/** No card number is kept. Amounts in minor units, times the merchant's. */
export interface Authentication {
  server_trans_id: string
  request_mark: string
  ds_trans_id: string
  acs_trans_id: string
  page_token: string
  requestor: string
  merchant: string | null
  merchant_name: string | null
  version: string
  category: string
  scheme: string
  card_mark: string
  bin: string
  last4: string
  amount: number | null
  currency: string | null
  state: AuthenticationState
  ares: ARes
  /** What the right answer makes of it. */
  on_success: TransStatus | null
  status: TransStatus
  reason: string | null
  eci: string | null
  authentication_value: string | null
  /** `challengeCancel` of the RReq. */
  cancel: string | null
  kind: ChallengeKind
  interactions: number
  server_url: string
  notification_url: string
  /** `threeDSSessionData`: given back with the CRes as it came. */
  session_data: string | null
  window_size: string | null
  switches: Switches
  locale: string | null
  requested_on: string
}

export interface Authentications {
  /** Books it, unless its 3DS Server transaction is on the books: then that one is returned as it is. */
  open(authentication: Authentication): Promise<Authentication>
  byServerTransId(id: string): Promise<Authentication | undefined>
  byAcsTransId(id: string): Promise<Authentication | undefined>
  byDsTransId(id: string): Promise<Authentication | undefined>
  byPage(token: string): Promise<Authentication | undefined>
  /** Spends its cryptogram on one payment. False: another payment was made with it. */
  use(dsTransId: string, payment: { merchant: string; key: string }): Promise<boolean>
  /** Changes one in place, under lock; resolves to what it is afterwards, once that is committed. */
  change(serverTransId: string, change: (authentication: Authentication) => void): Promise<Authentication | undefined>
  /** Those of which the 3DS Server is still to be told. */
  unreported(): Promise<Authentication[]>
  /** The latest of the merchant's times that this bank has heard of. */
  lastHeardOf(authentication: Authentication): Promise<Date>
}

const COLUMNS = `server_trans_id, request_mark, ds_trans_id, acs_trans_id, page_token, requestor, merchant, merchant_name,
  version, category, scheme, card_mark, bin, last4, amount, currency, state, ares, on_success, status, reason, eci,
  authentication_value, cancel, kind, interactions, server_url, notification_url, session_data, window_size, switches,
  locale, requested_on`

const OPEN = {
  name: 'open_authentication',
  text: `
    insert into authentications (${COLUMNS})
    select ${COLUMNS} from json_populate_record(null::authentications, $1)
        on conflict (server_trans_id) do nothing`,
}

const CHANGE = {
  name: 'change_authentication',
  text: `
    update authentications a
       set state = c.state, status = c.status, reason = c.reason, eci = c.eci,
           authentication_value = c.authentication_value, cancel = c.cancel, interactions = c.interactions,
           session_data = c.session_data, window_size = c.window_size
      from json_populate_record(null::authentications, $1) c
     where a.server_trans_id = c.server_trans_id`,
}

const USE = {
  name: 'use_authentication',
  text: `
    update authentications set used_by = $2
     where ds_trans_id = $1 and (used_by is null or used_by = $2)`,
}

const LAST_HEARD_OF = {
  name: 'last_heard_of',
  text: `
    select greatest(
      (select max(requested_on) from authentications where requestor = $1 and merchant is not distinct from $2),
      (select max(requested_on) from payments where merchant = $1),
      (select max(requested_on) from payments where merchant = $2)
    ) as at`,
}

export function openAuthentications(pool: Pool): Authentications {
  const find = async (column: 'server_trans_id' | 'acs_trans_id' | 'ds_trans_id' | 'page_token', value: string) => {
    const { rows } = await pool.query({
      name: `authentication_by_${column}`,
      text: `select ${COLUMNS} from authentications where ${column} = $1`,
      values: [value],
    })
    return rows[0] && authenticationOfRow(rows[0])
  }

  return {
    async open(authentication) {
      await pool.query({ ...OPEN, values: [JSON.stringify(authentication)] })
      const booked = await find('server_trans_id', authentication.server_trans_id)
      if (!booked) throw new Error('an authentication was not booked')
      return booked
    },
    byServerTransId: (id) => find('server_trans_id', id),
    byAcsTransId: (id) => find('acs_trans_id', id),
    byDsTransId: (id) => find('ds_trans_id', id),
    byPage: (token) => find('page_token', token),

    async use(dsTransId, { merchant, key }) {
      const { rowCount } = await pool.query({ ...USE, values: [dsTransId, `${merchant} ${key}`] })
      return rowCount === 1
    },

    async change(serverTransId, change) {
      return await inTransaction(pool, async (client) => {
        const { rows } = await client.query({
          name: 'read_authentication_for_change',
          text: `select ${COLUMNS} from authentications where server_trans_id = $1 for no key update`,
          values: [serverTransId],
        })
        const authentication = rows[0] && authenticationOfRow(rows[0])
        if (authentication) {
          change(authentication)
          await client.query({ ...CHANGE, values: [JSON.stringify(authentication)] })
        }
        return authentication
      })
    },

    async unreported() {
      const { rows } = await pool.query({
        name: 'unreported_authentications',
        text: `select ${COLUMNS} from authentications where state = 'answered' order by requested_on limit 1000`,
      })
      return rows.map(authenticationOfRow)
    },

    async lastHeardOf({ requestor, merchant, requested_on }) {
      const { rows } = await pool.query<{ at: Date | null }>({ ...LAST_HEARD_OF, values: [requestor, merchant] })
      return rows[0]?.at ?? new Date(requested_on)
    },
  }
}

function authenticationOfRow(row: Record<string, unknown>): Authentication {
  return {
    ...(row as unknown as Authentication),
    amount: row['amount'] === null ? null : Number(row['amount']),
    requested_on: (row['requested_on'] as Date).toISOString(),
  }
}
