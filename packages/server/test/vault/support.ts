/** A vault on a database of the test's own, with a clock the test holds and entities 1 and 2. */
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { uuidV7, wireId } from '@sluice/core/ids'
import type { SealedDetails, TypedCard } from '@sluice/sealing/payload'
import { seal } from '@sluice/sealing/seal'
import pg from 'pg'
import { freshDatabase } from '../../../../test/support/database.ts'
import { queryable } from '../../src/store/db.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openVault, type Vault } from '../../src/vault/vault.ts'

const START = Date.UTC(2026, 10, 22, 12, 0, 0)
export const HOUR_MS = 3_600_000

export const ENTITIES = {
  1: wireId('entity', '01900000-0000-7000-8000-000000000001'),
  2: wireId('entity', '01900000-0000-7000-8000-000000000002'),
}
/** Its partition is that of the moment in which the test begins. */
const SESSION_ID = uuidV7(START, 0, new Uint8Array(8))
export const SESSION = wireId('session', SESSION_ID)

export const CARD: TypedCard = {
  number: '4242424242424242',
  expiry_month: 12,
  expiry_year: 2030,
  cvv: '173',
  name: 'Ada Lovelace',
}

export interface TestVault {
  vault: Vault
  pool: pg.Pool
  clock: { now: number }
  /** Another node of the same installation. */
  openNode(): Promise<Vault>
  /** Seals for the test's session under this hour's keys; `change` overrides members, `undefined` removes one. */
  sealCard(change?: Changes, crv?: 'X25519' | 'P-256'): Promise<string>
}

type Changes = { [Name in keyof SealedDetails]?: unknown } & Record<string, unknown>

export async function testVault(t: TestContext): Promise<TestVault> {
  const databaseUrl = await freshDatabase(t)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  t.after(() => pool.end())
  await migrate(databaseUrl, START)
  for (const key of [1, 2]) {
    await pool.query(
      `insert into entities (entity_key, id, name, mode, seed)
       values ($1, $2::uuid, $3, 'sandbox', '\\x00')`,
      [key, `01900000-0000-7000-8000-00000000000${key}`, `entity ${key}`],
    )
  }
  const clock = { now: START }
  const config = { mode: 'sandbox', masterKey: randomBytes(32).toString('base64'), dataDir: '', wallets: {} } as const
  const log = { info: () => {} }
  const openNode = () => openVault({ db: queryable(pool), config, now: () => clock.now, log })
  const vault = await openNode()

  async function sealCard(change: Changes = {}, crv: 'X25519' | 'P-256' = 'X25519'): Promise<string> {
    const { keys, issued } = await vault.sealingKeys()
    const key = keys.find((candidate) => candidate.crv === crv)
    if (!key) throw new Error(`no ${crv} key`)
    const details = { v: 1, sid: SESSION, jti: crypto.randomUUID(), issued, method: 'card', card: CARD, ...change }
    return seal(details as SealedDetails, key)
  }

  return { vault, pool, clock, openNode, sealCard }
}

export function openCard(vault: Vault, sessionData: string) {
  return vault.open(sessionData, { entity: ENTITIES[1], sessionId: SESSION })
}
