/**
 * Scenarios: what goes wrong, how often and when, as a document. A scenario is attached to a merchant, a key, a session or
 * a card; the simulator then does to every payment of it what the rules say. All its choices follow from the seed, the
 * payment's number under the scenario, and what is chosen: the same seed makes the same choices. Sandbox only.
 */
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { maskCardNumbers } from './cards.ts'
import { parseDuration } from './durations.ts'
import { responseSummary } from './response-codes.ts'
import { base64UrlOfJson } from './three-ds/encoding.ts'

/** What a bank is asked: the messages of the simulator's API. */
export const BANK_STEPS = [
  'authorize',
  'retrieve',
  'complete',
  'confirm',
  'cancel',
  'capture',
  'void',
  'refund',
  'increment',
  'reverse',
] as const
export type BankStep = (typeof BANK_STEPS)[number]

/** And `page`, the shopper's request for its page. */
export const SCENARIO_STEPS = [...BANK_STEPS, 'page'] as const
export type ScenarioStep = (typeof SCENARIO_STEPS)[number]

/** Ways in which an answer goes astray. */
export const SCENARIO_FAILURES = ['cut', 'silence', 'http_500', 'http_503', 'garbled', 'unknown_code'] as const
export type ScenarioFailure = (typeof SCENARIO_FAILURES)[number]

/** No answer is held back, and no notification late, for longer. Real time. */
export const LONGEST_LATENCY_MS = 60_000
/** Of the merchant's time: a switch of the bank has seven digits. */
const LONGEST_PENDING_S = 9_999_999
/** As JSON: it travels with every message to the bank. */
const MOST_CHARACTERS = 6_000

const strict = { additionalProperties: false }
const Milliseconds = (description: string) => Type.Integer({ minimum: 0, maximum: LONGEST_LATENCY_MS, description })
const Span = (description: string) => Type.String({ format: 'iso-duration', maxLength: 40, description })

const Latency = Type.Object(
  {
    distribution: Type.Enum(['fixed', 'uniform', 'normal', 'exponential'], {
      type: 'string',
      description:
        '`fixed` takes `ms`; `uniform` `min_ms` and `max_ms`; `normal` `mean_ms` and `deviation_ms`; `exponential` `mean_ms`.',
    }),
    ms: Type.Optional(Milliseconds('Always so long.')),
    min_ms: Type.Optional(Milliseconds('At least.')),
    max_ms: Type.Optional(Milliseconds('At most.')),
    mean_ms: Type.Optional(Milliseconds('On average.')),
    deviation_ms: Type.Optional(Milliseconds('Standard deviation.')),
  },
  { ...strict, description: 'How long something takes: real time, at most 60 seconds.' },
)
export type ScenarioLatency = Static<typeof Latency>

const Rule = Type.Object(
  {
    on: Type.Optional(
      Type.Array(Type.Enum([...SCENARIO_STEPS], { type: 'string' }), {
        minItems: 1,
        uniqueItems: true,
        description: 'Which messages it is about. Default: all but `page`.',
      }),
    ),
    chance: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'How likely it applies, drawn for each message. Default: 1.',
      }),
    ),
    times: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'Only to the first so many messages of a kind about one payment. Default: to all.',
      }),
    ),
    during: Type.Optional(
      Type.Object(
        {
          from: Type.Optional(Span('How long after the scenario was attached it begins. Default: `PT0S`.')),
          for: Type.Optional(Span('How long it lasts. Default: for ever.')),
        },
        { ...strict, description: "Only in this window of the merchant's time." },
      ),
    ),
    latency: Type.Optional(Latency),
    fail: Type.Optional(
      Type.Enum([...SCENARIO_FAILURES], {
        type: 'string',
        description:
          'What comes instead of the answer: the line is cut, nothing for 45 seconds, a status 500 or 503, half a document, or a code that is in no list.',
      }),
    ),
    booked: Type.Optional(
      Type.Boolean({
        description:
          'With `fail`: whether the bank has booked what was asked and only its answer is lost. Default: false; `garbled` and `unknown_code` are always booked.',
      }),
    ),
    outcomes: Type.Optional(
      Type.Array(
        Type.Object(
          {
            code: Type.String({ pattern: '^[0-9A-Z]{5}$', description: 'A response code: `10000` approves.' }),
            weight: Type.Number({
              exclusiveMinimum: 0,
              maximum: 1_000_000,
              description: 'How often, beside the others.',
            }),
          },
          strict,
        ),
        { minItems: 1, maxItems: 50, description: 'What the bank decides, of authorizations or of follow-ups.' },
      ),
    ),
    pending: Type.Optional(
      Type.Object(
        {
          for: Type.Optional(
            Span("How long the bank works on it: whole seconds of the merchant's time. Default: for ever."),
          ),
          ends: Type.Optional(
            Type.Enum(['approved', 'declined'], { type: 'string', description: 'Default: what it would have been.' }),
          ),
        },
        { ...strict, description: 'The bank is still working, on authorizations or on refunds.' },
      ),
    ),
    notify: Type.Optional(
      Type.Object(
        {
          copies: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 20,
              description: 'How often it is told, at once; 0: never. Default: 1.',
            }),
          ),
          when: Type.Optional(
            Type.Enum(['before', 'after'], {
              type: 'string',
              description: 'Before the answer goes out, or after it. Default: `after`.',
            }),
          ),
          late: Type.Optional(Latency),
          reversed: Type.Optional(
            Type.Boolean({
              description: 'It waits until the next one about the payment has gone out, for one second at most.',
            }),
          ),
        },
        { ...strict, description: 'The bank tells what came of the message by a notification of its own.' },
      ),
    ),
    late_approval: Type.Optional(
      Type.Literal(true, {
        description:
          'On `cancel`: the bank answers that it stopped the payment, approves it all the same, and tells so.',
      }),
    ),
    page: Type.Optional(
      Type.Enum(['hangs', 'down'], {
        type: 'string',
        description: "The shopper's page, of a bank or of an access control server, never comes, or answers 503.",
      }),
    ),
  },
  { ...strict, description: 'One thing that happens. It has exactly one of the effects.' },
)
export type ScenarioRule = Static<typeof Rule>

/** The document, as it is published at `/sandbox/scenarios/schema`. */
export const Scenario = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
      description: 'Lower-case letters, digits and hyphens.',
    }),
    about: Type.Optional(Type.String({ maxLength: 500, description: 'A sentence on what it is.' })),
    seed: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: "Decides every choice. Default: the world's seed." }),
    ),
    rules: Type.Array(Rule, {
      minItems: 1,
      maxItems: 32,
      description: 'Of several that apply, the first of each effect counts.',
    }),
  },
  { ...strict, description: 'What goes wrong, how often and when.' },
)
export type Scenario = Static<typeof Scenario>

/** A scenario as it goes to the bank with each message about one payment. */
export interface AttachedScenario {
  name: string
  seed: string
  rules: readonly ScenarioRule[]
  /** The so-manieth payment under the scenario, from 1. */
  payment: number
  /** The merchant's time from which `during` counts, ISO 8601. */
  since: string
}

/** The name of the header in which an `AttachedScenario` travels: JSON in base64url. */
export const SCENARIO_HEADER = 'sluice-scenario'

/**
 * The header for a message about a payment: nothing for one that is under no scenario. It goes with every message, because
 * one may go wrong before anything is booked.
 * @param settings of the processor, as they stand with the payment
 */
export function scenarioHeader({ scenario }: { [setting: string]: unknown }): Record<string, string> {
  return scenario === undefined ? {} : { [SCENARIO_HEADER]: base64UrlOfJson(scenario) }
}

/** `path`: a JSON pointer into the document, empty for the whole; `problem`: what would be right. */
export interface ScenarioProblem {
  path: string
  problem: string
}

const EFFECTS = ['latency', 'fail', 'outcomes', 'pending', 'notify', 'late_approval', 'page'] as const
const NEEDS: Record<ScenarioLatency['distribution'], readonly (keyof ScenarioLatency)[]> = {
  fixed: ['ms'],
  uniform: ['min_ms', 'max_ms'],
  normal: ['mean_ms', 'deviation_ms'],
  exponential: ['mean_ms'],
}
/** Steps at which an effect means something; absent: all but `page`. */
const ON: Partial<Record<(typeof EFFECTS)[number], readonly ScenarioStep[]>> = {
  outcomes: ['authorize', 'capture', 'void', 'refund', 'increment'],
  pending: ['authorize', 'refund'],
  notify: ['authorize', 'cancel', 'capture', 'void', 'refund', 'increment', 'page'],
  late_approval: ['cancel'],
  page: ['page'],
}

/** What is wrong with a document, each thing with its place; nothing for a good one. */
export function scenarioProblems(document: unknown): ScenarioProblem[] {
  const wrong = Value.Errors(Scenario, document)
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ keyword, instancePath, message, params }) => ({
      path: instancePath,
      problem: keyword === 'boolean' ? 'is no member of a scenario' : readable(keyword, message, params),
    }))
  if (wrong.length > 0) return wrong
  const scenario = document as Scenario
  if (JSON.stringify(scenario).length > MOST_CHARACTERS) {
    return [{ path: '', problem: `must be at most ${MOST_CHARACTERS} characters of JSON` }]
  }
  const about = scenario.about ?? ''
  const card = about === maskCardNumbers(about) ? [] : [{ path: '/about', problem: 'must not hold a card number' }]
  return [...card, ...scenario.rules.flatMap((rule, at) => ruleProblems(rule, `/rules/${at}`))]
}

export function isScenario(document: unknown): document is Scenario {
  return scenarioProblems(document).length === 0
}

/** Of an effect on the steps it is about. */
export function stepsOf(rule: ScenarioRule): readonly ScenarioStep[] {
  const effect = EFFECTS.find((name) => rule[name] !== undefined)
  const possible = (effect && ON[effect]) ?? SCENARIO_STEPS.filter((step) => step !== 'page')
  return rule.on ?? (effect === 'outcomes' || effect === 'pending' ? ['authorize'] : possible)
}

function ruleProblems(rule: ScenarioRule, path: string): ScenarioProblem[] {
  const effects = EFFECTS.filter((name) => rule[name] !== undefined)
  const [effect] = effects
  if (!effect || effects.length > 1) return [{ path, problem: `must have exactly one of ${EFFECTS.join(', ')}` }]
  const possible = ON[effect] ?? SCENARIO_STEPS.filter((step) => step !== 'page')
  const problems = (rule.on ?? []).flatMap((step, at) =>
    possible.includes(step)
      ? []
      : [{ path: `${path}/on/${at}`, problem: `${effect} means nothing there: must be one of ${possible.join(', ')}` }],
  )
  if (rule.booked !== undefined && effect !== 'fail')
    problems.push({ path: `${path}/booked`, problem: 'belongs to fail' })
  problems.push(...latencyProblems(rule.latency, `${path}/latency`))
  problems.push(...latencyProblems(rule.notify?.late, `${path}/notify/late`))
  for (const [name, text] of [
    ['during/from', rule.during?.from],
    ['during/for', rule.during?.for],
    ['pending/for', rule.pending?.for],
  ] as const) {
    if (text !== undefined && spanMs(text) === undefined) {
      problems.push({ path: `${path}/${name}`, problem: 'must be an ISO 8601 duration of days or less, such as PT5M' })
    }
  }
  const working = spanMs(rule.pending?.for ?? 'PT0S') ?? 0
  if (working % 1000 !== 0 || working > LONGEST_PENDING_S * 1000) {
    problems.push({ path: `${path}/pending/for`, problem: `must be whole seconds, at most ${LONGEST_PENDING_S}` })
  }
  for (const [at, { code }] of (rule.outcomes ?? []).entries()) {
    if (responseSummary(code) === undefined) {
      problems.push({ path: `${path}/outcomes/${at}/code`, problem: 'must be a response code of the list' })
    }
  }
  return problems
}

function latencyProblems(latency: ScenarioLatency | undefined, path: string): ScenarioProblem[] {
  if (!latency) return []
  const needed = NEEDS[latency.distribution]
  const members = Object.keys(latency).filter((name) => name !== 'distribution') as (keyof ScenarioLatency)[]
  const problems = needed
    .filter((name) => latency[name] === undefined)
    .map((name) => ({ path: `${path}/${name}`, problem: `is needed by ${latency.distribution}` }))
  for (const name of members.filter((one) => !needed.includes(one))) {
    problems.push({ path: `${path}/${name}`, problem: `is no member of ${latency.distribution}` })
  }
  if ((latency.min_ms ?? 0) > (latency.max_ms ?? LONGEST_LATENCY_MS)) {
    problems.push({ path: `${path}/max_ms`, problem: 'must not be less than min_ms' })
  }
  return problems
}

/** Milliseconds of a duration that has the same length wherever it begins. */
export function spanMs(text: string): number | undefined {
  const span = parseDuration(text)
  return span && span.months === 0 && span.milliseconds >= 0 ? span.milliseconds : undefined
}

function readable(keyword: string, message: string, params: object): string {
  const allowed = (params as { allowedValues?: unknown[] }).allowedValues
  return keyword === 'enum' && allowed ? `must be one of ${allowed.join(', ')}` : message
}
