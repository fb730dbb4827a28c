/** A merchant with its processing channels, as every request of its keys needs it. */
import type { ChannelProcessorSettings } from '../processors/processor.ts'
import type { Queryable } from './db.ts'

export interface ChannelSettings extends ChannelProcessorSettings {
  /** The methods the operator set the channel up for. */
  methods: 'all' | readonly string[]
  /** What a new attempt does when the processor cannot cancel the one it supersedes. */
  on_abandoned: 'refuse' | 'allow'
  /** Identifier of the creditor that SEPA mandates name; without one, in sandbox, one for tests. */
  creditor_id?: string
  /** What issuers are told of the merchant (ISO 18245, ISO 3166-1 alpha-2); without, 5999 and `GB`. */
  merchant_category_code?: string
  merchant_country?: string
}

export interface Channel {
  id: string
  name: string
  settings: ChannelSettings
}

export interface Merchant {
  entityKey: number
  /** UUID */
  id: string
  name: string
  seed: Buffer
  channels: readonly Channel[]
}

interface MerchantRow {
  entityKey: number
  id: string
  name: string
  seed: Buffer
  channels: Channel[]
}

export async function readMerchant(db: Queryable, entityKey: number): Promise<Merchant | undefined> {
  const { rows } = await db.query<MerchantRow>({
    name: 'read_merchant',
    text: `
      select e.entity_key as "entityKey", e.id, e.name, e.seed,
             (select coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'settings', c.settings)
                                       order by c.created_on, c.id), '[]')
                from processing_channels c where c.entity_key = e.entity_key) as channels
        from entities e
       where e.entity_key = $1`,
    values: [entityKey],
  })
  return rows[0]
}

/** The merchant's time. */
export async function readEntityNow(db: Queryable, entityKey: number): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>({
    name: 'read_entity_now',
    text: `select now from entity_now where entity_key = $1`,
    values: [entityKey],
  })
  const [row] = rows
  if (!row) throw new Error(`no entity ${entityKey}`)
  return row.now
}
