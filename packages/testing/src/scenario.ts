/** Scenarios: what goes wrong on purpose. */
import type { Scenario } from '@sluice/core/scenario'
import { type Call, expectOk } from './calls.ts'

export type ScenarioDocument = Scenario

/** At most one; none: every payment of the world. */
export interface ScenarioTarget {
  key?: string
  session_id?: string
  card?: { last4: string; bin?: string }
  metadata?: true
}

export interface AttachedScenario {
  readonly id: string
  readonly name: string
  readonly seed: string
  /** How many payments were begun under it. */
  payments(): Promise<number>
  /** Payments that began under it stay under it. */
  remove(): Promise<void>
}

export async function attachScenario(
  call: Call,
  scenario: string | ScenarioDocument,
  { seed, to }: { seed?: string; to?: ScenarioTarget } = {},
): Promise<AttachedScenario> {
  const made = await expectOk(call, 'POST', '/sandbox/scenarios', {
    ...(typeof scenario === 'string' ? { name: scenario } : { document: scenario }),
    ...(seed !== undefined && { seed }),
    ...(to && { to }),
  })
  const path = `/sandbox/scenarios/${made.id}`
  return {
    id: made.id,
    name: made.name,
    seed: made.seed,
    payments: async () => (await expectOk(call, 'GET', path)).payments,
    remove: async () => {
      await expectOk(call, 'DELETE', path)
    },
  }
}
