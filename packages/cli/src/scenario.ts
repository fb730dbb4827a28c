/** `sluice scenario`: what goes wrong on purpose, attached to a running sandbox, listed and detached. */
import { readFileSync } from 'node:fs'
import { scenarioProblems } from '@sluice/core/scenario'
import { namedScenario, SCENARIO_CATALOGUE } from '@sluice/core/scenario-catalogue'
import { ClearError, codeOf } from './clear-error.ts'

export interface ScenarioOptions {
  /** The API's origin. */
  url: string
  /** Secret key of the merchant. */
  key: string
  seed?: string
  /** At most one: what it is attached to, in place of the whole merchant. */
  forKey?: string
  session?: string
  /** Last four digits, or first six to eight, `…` or a blank, and last four. */
  card?: string
  metadata?: true
}

interface Attached {
  id: string
  name: string
  scope: string
  subject?: string
  seed: string
  payments: number
}

/** The names there are, each with its sentence. */
export function catalogueLines(): string {
  const width = Math.max(...SCENARIO_CATALOGUE.map(({ name }) => name.length))
  return SCENARIO_CATALOGUE.map(({ name, about }) => `${name.padEnd(width)}  ${about}`).join('\n')
}

/** A document of the catalogue, to begin one's own with. */
export function showScenario(name: string): string {
  const document = namedScenario(name)
  if (!document) throw new ClearError(`There is no scenario ${name}: sluice scenario names lists them.`)
  return JSON.stringify(document, null, 2)
}

/** @throws ClearError with every mistake of the document and its place */
export function checkScenario(file: string): string {
  const document = documentOf(file)
  const { name, rules } = document as { name: string; rules: unknown[] }
  return `${file} is a scenario: ${name}, ${rules.length} rule${rules.length === 1 ? '' : 's'}.`
}

/** @param what name of the catalogue, or a file */
export async function applyScenario(what: string, options: ScenarioOptions): Promise<string> {
  const wanted = namedScenario(what) ? { name: what } : { document: documentOf(what) }
  const to = targetOf(options)
  const body = { ...wanted, ...(options.seed !== undefined && { seed: options.seed }), ...(to && { to }) }
  return lineOf((await call(options, 'POST', '', body)) as Attached)
}

export async function listScenarios(options: ScenarioOptions): Promise<string> {
  const { data } = (await call(options, 'GET', '')) as { data: Attached[] }
  return data.length === 0 ? 'Nothing goes wrong on purpose.' : data.map(lineOf).join('\n')
}

/** @param id `scn_…` */
export async function removeScenario(id: string, options: ScenarioOptions): Promise<string> {
  await call(options, 'DELETE', `/${encodeURIComponent(id)}`)
  return `${id} is gone.`
}

function lineOf({ id, name, scope, subject, seed, payments }: Attached): string {
  return `${id}  ${name}  ${subject === undefined ? scope : `${scope} ${subject}`}  seed ${seed}  ${payments} payments`
}

function documentOf(file: string): unknown {
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw new ClearError(`${file} is neither a scenario of the catalogue (sluice scenario names) nor a file.`)
    }
    throw new ClearError(`${file} cannot be read: ${error instanceof Error ? error.message : 'unknown'}.`)
  }
  const problems = scenarioProblems(document)
  if (problems.length > 0) {
    const lines = problems.map(({ path, problem }) => `${path || '/'} ${problem}`)
    throw new ClearError(`${file} is no scenario: ${lines.join('; ')}.`)
  }
  return document
}

function targetOf({ forKey, session, card, metadata }: ScenarioOptions): object | undefined {
  const targets = [
    ...(forKey === undefined ? [] : [{ key: forKey }]),
    ...(session === undefined ? [] : [{ session_id: session }]),
    ...(card === undefined ? [] : [{ card: cardOf(card) }]),
    ...(metadata === undefined ? [] : [{ metadata }]),
  ]
  if (targets.length > 1) throw new ClearError('Give one of --for-key, --session, --card and --metadata.')
  return targets[0]
}

function cardOf(text: string): object {
  const [, bin, last4] = /^(?:(\d{6,8})[ …]+)?(\d{4})$/.exec(text) ?? []
  if (last4 === undefined) throw new ClearError('--card must be the last four digits, or "424242 4242".')
  return { last4, ...(bin !== undefined && { bin }) }
}

async function call({ url, key }: ScenarioOptions, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url.replace(/\/$/, '')}/sandbox/scenarios${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: Error & { cause?: unknown }) => {
    throw new ClearError(
      `${url} does not answer (${codeOf(error.cause) || error.message}): start Sluice, or correct --url.`,
    )
  })
  if (answer.status === 204) return undefined
  if (answer.ok) return await answer.json()
  if (answer.status === 401) throw new ClearError('The key is not known there: correct --key.')
  if (answer.status === 404) {
    throw new ClearError(
      method === 'DELETE'
        ? 'There is no such scenario.'
        : `${url} has no scenarios: it runs in production, or is no Sluice.`,
    )
  }
  const { error_codes: codes = [], scenario_errors: errors = [] } = (await answer.json()) as {
    error_codes?: string[]
    scenario_errors?: { path: string; problem: string }[]
  }
  const said = errors.length > 0 ? errors.map(({ path, problem }) => `${path || '/'} ${problem}`) : codes
  throw new ClearError(`It was refused: ${said.join('; ')}.`)
}
