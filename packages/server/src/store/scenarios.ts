/** Scenarios that are attached to a merchant, or to a key, session or card of his. Sandbox only. */
import type { Scenario } from '@sluice/core/scenario'
import type { Queryable } from './db.ts'

/** `named`: only payments whose metadata names it. */
export type ScenarioScope = 'world' | 'key' | 'session' | 'card' | 'named'

export interface ScenarioRow {
  /** UUID */
  id: string
  scope: ScenarioScope
  /** Of a key the name of the credential, of a session its UUID, of a card its last digits; its own name; else empty. */
  subject: string
  /** How the subject is shown. */
  shown: string
  document: Scenario
  seed: string
  /** The merchant's time. */
  attachedOn: Date
  /** How many payments were begun under it. */
  payments: number
}

const COLUMNS = `s.id, s.scope, s.subject, s.shown, s.document, s.seed, s.attached_on as "attachedOn", s.payments`

/** Takes the place of what was attached to the subject before. */
export async function attachScenario(
  db: Queryable,
  entityKey: number,
  scenario: Omit<ScenarioRow, 'attachedOn' | 'payments'>,
): Promise<ScenarioRow> {
  const { id, scope, subject, shown, document, seed } = scenario
  const { rows } = await db.query<ScenarioRow>({
    name: 'attach_scenario',
    text: `
      insert into scenarios as s (entity_key, id, scope, subject, shown, document, seed, attached_on)
      select $1, $2, $3, $4, $5, $6, $7, clock.now from entity_now clock where clock.entity_key = $1
          on conflict (entity_key, scope, subject) do update
         set id = excluded.id, shown = excluded.shown, document = excluded.document, seed = excluded.seed,
             attached_on = excluded.attached_on, payments = 0
      returning ${COLUMNS}`,
    values: [entityKey, id, scope, subject, shown, JSON.stringify(document), seed],
  })
  const [row] = rows
  if (!row) throw new Error(`no entity ${entityKey}`)
  return row
}

export async function listScenarios(db: Queryable, entityKey: number): Promise<ScenarioRow[]> {
  const { rows } = await db.query<ScenarioRow>({
    name: 'list_scenarios',
    text: `select ${COLUMNS} from scenarios s where s.entity_key = $1 order by s.id`,
    values: [entityKey],
  })
  return rows
}

/** Unless something is attached to the subject already: then that stays as it is, and is what is returned. */
export async function attachScenarioOnce(
  db: Queryable,
  entityKey: number,
  scenario: Omit<ScenarioRow, 'attachedOn' | 'payments'>,
): Promise<ScenarioRow> {
  const { id, scope, subject, shown, document, seed } = scenario
  const { rows } = await db.query<ScenarioRow>({
    name: 'attach_scenario_once',
    text: `
      insert into scenarios as s (entity_key, id, scope, subject, shown, document, seed, attached_on)
      select $1, $2, $3, $4, $5, $6, $7, clock.now from entity_now clock where clock.entity_key = $1
          -- changes nothing, and returns the row that is there
          on conflict (entity_key, scope, subject) do update set id = s.id
      returning ${COLUMNS}`,
    values: [entityKey, id, scope, subject, shown, JSON.stringify(document), seed],
  })
  const [row] = rows
  if (!row) throw new Error(`no entity ${entityKey}`)
  return row
}

/** @returns whether it was there */
export async function detachScenario(db: Queryable, entityKey: number, id: string): Promise<boolean> {
  const { rows } = await db.query({
    name: 'detach_scenario',
    text: 'delete from scenarios where entity_key = $1 and id = $2 returning id',
    values: [entityKey, id],
  })
  return rows.length > 0
}

/** Another payment is begun under it: its number, or nothing when the scenario is gone. */
export async function countPaymentUnder(db: Queryable, entityKey: number, id: string): Promise<number | undefined> {
  const { rows } = await db.query<{ payments: number }>({
    name: 'count_payment_under_scenario',
    text: `
      update scenarios set payments = payments + 1
       where entity_key = $1 and id = $2
      returning payments`,
    values: [entityKey, id],
  })
  return rows[0]?.payments
}
