/**
 * Scenarios: which one a payment is under, and how it gets to the bank. It is decided once, before the payment begins,
 * and stands in the payment's processor settings from then on; so a later change of what is attached changes nothing of a
 * payment that is under way. Sandbox only.
 */
import { uuidOf, wireId } from '@sluice/core/ids'
import { InvalidRequest, InvalidScenario, Problem } from '@sluice/core/problems'
import { type AttachedScenario, type Scenario, scenarioProblems } from '@sluice/core/scenario'
import { namedScenario } from '@sluice/core/scenario-catalogue'
import type { Context } from '../context.ts'
import { findCredential } from '../store/credentials.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import {
  attachScenario as attach,
  attachScenarioOnce as attachOnce,
  countPaymentUnder,
  detachScenario as detach,
  listScenarios as list,
  type ScenarioRow,
} from '../store/scenarios.ts'
import { KEY_MAC } from './authenticate.ts'
import { askBank } from './bank.ts'
import { newId } from './ids.ts'
import { type Caller, merchantOf } from './merchant.ts'
import type { PreparedAttempt } from './prepare-attempt.ts'
import { type Remembered, remembered } from './remembered.ts'

/** To what a scenario is attached; nothing: to every payment of the merchant. */
export interface ScenarioTarget {
  key?: string
  session_id?: string
  card?: { last4: string; bin?: string }
  metadata?: true
}

export interface WantedScenario {
  /** Of the catalogue. */
  name?: string
  document?: unknown
  seed?: string
  to?: ScenarioTarget
}

/** Of one merchant at once. */
const MOST_SCENARIOS = 200
/** On another node than the one that attached it a scenario is heard of after so long. */
const FRESH_FOR_MS = 5_000
const MOST_REMEMBERED = 10_000

/**
 * @throws InvalidScenario, Problem `scenario_unknown`, `scenario_limit_exceeded`
 * @throws InvalidRequest for a target that is none of the merchant's
 */
export function attachScenario(ctx: Context, caller: Caller, wanted: WantedScenario): Promise<ScenarioRow> {
  return attachBy(ctx, caller, wanted, attach)
}

async function attachBy(
  ctx: Context,
  caller: Caller,
  wanted: WantedScenario,
  write: typeof attach,
): Promise<ScenarioRow> {
  const { entityKey } = caller
  const document = documentOf(wanted)
  const target = await targetOf(ctx, entityKey, wanted.to ?? {}, document)
  const there = await list(ctx.store.db, entityKey)
  const replaces = there.some(({ scope, subject }) => scope === target.scope && subject === target.subject)
  if (!replaces && there.length >= MOST_SCENARIOS) throw new Problem('scenario_limit_exceeded')
  const merchant = await merchantOf(ctx, entityKey)
  const seed = wanted.seed ?? document.seed ?? seedOf(ctx, merchant, document.name)
  const row = await write(ctx.store.db, entityKey, { id: newId(ctx, entityKey), ...target, document, seed })
  scenariosOf(ctx).forget(String(entityKey))
  return row
}

export function listScenarios(ctx: Context, { entityKey }: Caller): Promise<ScenarioRow[]> {
  return list(ctx.store.db, entityKey)
}

/** @throws Problem `resource_not_found` */
export async function readScenario(ctx: Context, caller: Caller, wire: string): Promise<ScenarioRow> {
  const id = uuidOf('scenario', wire)
  const row = (await listScenarios(ctx, caller)).find((one) => one.id === id)
  if (!row) throw new Problem('resource_not_found')
  return row
}

/** @throws Problem `resource_not_found` */
export async function detachScenario(ctx: Context, { entityKey }: Caller, wire: string): Promise<void> {
  const id = uuidOf('scenario', wire)
  if (id === undefined || !(await detach(ctx.store.db, entityKey, id))) throw new Problem('resource_not_found')
  scenariosOf(ctx).forget(String(entityKey))
}

function documentOf({ name, document }: WantedScenario): Scenario {
  if ((name === undefined) === (document === undefined)) {
    throw new InvalidScenario([{ path: '', problem: 'send the name of a scenario of the catalogue, or a document' }])
  }
  if (name === undefined) {
    const problems = scenarioProblems(document)
    if (problems.length > 0) throw new InvalidScenario(problems)
    return document as Scenario
  }
  const known = namedScenario(name)
  if (!known) throw new Problem('scenario_unknown')
  return known
}

async function targetOf(
  ctx: Context,
  entityKey: number,
  { key, session_id, card, metadata }: ScenarioTarget,
  document: Scenario,
): Promise<Pick<ScenarioRow, 'scope' | 'subject' | 'shown'>> {
  if ([key, session_id, card, metadata].filter((one) => one !== undefined).length > 1) {
    throw new InvalidRequest(['to_invalid'])
  }
  if (key !== undefined) {
    const mac = ctx.vault.mac(KEY_MAC, key)
    const credential = await findCredential(ctx.store.db, mac)
    if (credential?.entity_key !== entityKey) throw new InvalidRequest(['to_key_invalid'])
    return { scope: 'key', subject: credentialIdOf(mac), shown: credential.label }
  }
  if (session_id !== undefined) {
    const id = uuidOf('session', session_id)
    const session = id === undefined ? undefined : await ctx.store.readSession(entityKey, id)
    if (!session) throw new InvalidRequest(['to_session_id_invalid'])
    return { scope: 'session', subject: session.id, shown: session_id }
  }
  if (card !== undefined) {
    const subject = `${card.bin ?? ''} ${card.last4}`
    return { scope: 'card', subject, shown: `${card.bin ?? ''}…${card.last4}` }
  }
  if (metadata !== undefined) return { scope: 'named', subject: document.name, shown: document.name }
  return { scope: 'world', subject: '', shown: '' }
}

/** As `authenticate.ts` names the credential behind a key. */
function credentialIdOf(mac: Buffer): string {
  return mac.toString('base64url', 0, 16)
}

/** The same world makes the same choices: what follows from its seed is no secret of its own. */
function seedOf(ctx: Context, merchant: Merchant, name: string): string {
  return ctx.random(merchant.seed, name, 'scenario').toString(16)
}

/**
 * The attempt with the scenario it is under: the one its metadata names; else that of its session, its card, the key it
 * is made with, its world; else that of the setting.
 * @throws Problem `scenario_unknown`
 */
export async function underScenario(
  ctx: Context,
  merchant: Merchant,
  caller: Caller,
  prepared: PreparedAttempt,
): Promise<PreparedAttempt> {
  const named = (prepared.record.request['metadata'] as Record<string, unknown> | undefined)?.['sluice_scenario']
  if (ctx.config.mode === 'production') return named === undefined ? prepared : withWarning(ctx, prepared)
  for (;;) {
    const row = await scenarioOf(ctx, merchant, caller, prepared, named)
    if (!row) return prepared
    const payment = await countPaymentUnder(ctx.store.db, merchant.entityKey, row.id)
    if (payment === undefined) {
      // It was detached or replaced since it was remembered here: what is attached now counts.
      scenariosOf(ctx).forget(String(merchant.entityKey))
      continue
    }
    const { name, rules } = row.document
    const scenario: AttachedScenario = { name, rules, seed: row.seed, payment, since: row.attachedOn.toISOString() }
    return { ...prepared, record: { ...prepared.record, processor: { ...prepared.record.processor, scenario } } }
  }
}

function withWarning(ctx: Context, prepared: PreparedAttempt): PreparedAttempt {
  const { record } = prepared
  ctx.log.warn({ payment: record.key }, 'metadata.sluice_scenario is ignored in production')
  const warnings = [...record.warnings, 'metadata.sluice_scenario is ignored in production: nothing fails on purpose']
  return { ...prepared, record: { ...record, warnings } }
}

async function scenarioOf(
  ctx: Context,
  merchant: Merchant,
  caller: Caller,
  { record, card }: PreparedAttempt,
  named: unknown,
): Promise<ScenarioRow | undefined> {
  const { entityKey } = merchant
  if (named !== undefined) return await namedRow(ctx, caller, String(named))
  const attached = (await scenariosOf(ctx).get(String(entityKey), entityKey)) ?? []
  const find = (scope: ScenarioRow['scope'], fits: (subject: string) => boolean) =>
    attached.find((row) => row.scope === scope && fits(row.subject))
  return (
    find('session', (subject) => subject === record.sessionId) ??
    find(
      'card',
      (subject) => card !== undefined && [`${card.bin} ${card.last4}`, ` ${card.last4}`].includes(subject),
    ) ??
    find('key', (subject) => subject === caller.credentialId) ??
    find('world', () => true) ??
    (ctx.config.scenario === undefined ? undefined : await namedRow(ctx, caller, ctx.config.scenario))
  )
}

/**
 * One of the merchant's own wins over the catalogue's of the same name, which becomes his own at its first use: once,
 * however many payments name it at the same moment.
 */
async function namedRow(ctx: Context, caller: Caller, name: string): Promise<ScenarioRow> {
  const { entityKey } = caller
  const attached = (await scenariosOf(ctx).get(String(entityKey), entityKey)) ?? []
  const own = attached.find(({ scope, subject }) => scope === 'named' && subject === name)
  return own ?? (await attachBy(ctx, caller, { name, to: { metadata: true } }, attachOnce))
}

/**
 * Before a clock moves, the simulated bank tells what it would tell late, and what it does by itself at the time that the
 * clock shows: late is real time, and what it is told of shall have happened at the moment it happened at.
 * @returns how much was told since this was last asked, and when the bank next does something by itself
 */
export async function hearBank(ctx: Context, entityKey: number): Promise<{ told: number; next: Date | undefined }> {
  if (ctx.config.mode === 'production') return { told: 0, next: undefined }
  const { told, next } = await askBank(ctx, entityKey, 'POST', '/control/notices').catch(() => NOTHING_HEARD)
  return {
    told: typeof told === 'number' ? told : 0,
    next: typeof next === 'string' && !Number.isNaN(Date.parse(next)) ? new Date(next) : undefined,
  }
}

const NOTHING_HEARD: Record<string, unknown> = {}

/** What a chance of a payment's own is drawn for: under a scenario its number, so that another world draws the same. */
export function chosenFor({ id, processor }: Pick<PaymentRow, 'id' | 'processor'>): string {
  const scenario = processor['scenario'] as AttachedScenario | undefined
  return scenario ? `payment ${scenario.payment} of ${scenario.name}` : wireId('payment', id)
}

const remembering = new WeakMap<Context, Remembered<number, ScenarioRow[]>>()

function scenariosOf(ctx: Context): Remembered<number, ScenarioRow[]> {
  let scenarios = remembering.get(ctx)
  if (!scenarios) {
    const load = (entityKey: number) => list(ctx.store.db, entityKey)
    scenarios = remembered({ now: ctx.now, ttlMs: FRESH_FOR_MS, capacity: MOST_REMEMBERED, load })
    remembering.set(ctx, scenarios)
  }
  return scenarios
}
