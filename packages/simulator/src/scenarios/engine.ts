/**
 * What a scenario makes of one message: a pure function of its rules, its seed, the payment's number under it, the step,
 * and which message of its kind it is. Nothing else is looked at, so the same seed makes the same choices.
 */
import { createHmac } from 'node:crypto'
import {
  type AttachedScenario,
  LONGEST_LATENCY_MS,
  type ScenarioFailure,
  type ScenarioLatency,
  type ScenarioRule,
  type ScenarioStep,
  spanMs,
  stepsOf,
} from '@sluice/core/scenario'

/** What happens to one message. Milliseconds are real time. */
export interface Directions {
  delayMs: number
  /** `booked`: the bank does what it is asked, and only its answer goes astray. */
  fail?: { how: ScenarioFailure; booked: boolean }
  notify?: Notice
  lateApproval: boolean
  page?: 'hangs' | 'down'
}

/** How often, when and in which order the merchant is told. */
export interface Notice {
  copies: number
  before: boolean
  lateMs: number
  reversed: boolean
}

/** The so-manieth message of a step about one payment, from 1, and the merchant's time. */
export interface Message {
  step: ScenarioStep
  nth: number
  at: Date
}

const ALWAYS_BOOKED: readonly ScenarioFailure[] = ['garbled', 'unknown_code']

export function directionsFor(scenario: AttachedScenario, message: Message): Directions {
  const applies = rulesFor(scenario, message)
  const first = <Effect extends keyof ScenarioRule>(effect: Effect) =>
    applies.find(({ rule }) => rule[effect] !== undefined) as
      | { rule: ScenarioRule & Required<Pick<ScenarioRule, Effect>>; draw: Draw }
      | undefined
  const [slow, failing, telling, late, page] = [
    first('latency'),
    first('fail'),
    first('notify'),
    first('late_approval'),
    first('page'),
  ]
  return {
    delayMs: slow ? lengthOf(slow.rule.latency, (what) => slow.draw(`latency ${what}`)) : 0,
    ...(failing && {
      fail: {
        how: failing.rule.fail,
        booked: failing.rule.booked === true || ALWAYS_BOOKED.includes(failing.rule.fail),
      },
    }),
    ...(telling && { notify: noticeOf(telling.rule.notify, telling.draw) }),
    lateApproval: late !== undefined,
    ...(page && { page: page.rule.page }),
  }
}

/**
 * What is decided once, when a payment is authorized, in the words of `metadata.sluice_simulator`: outcomes, and answers
 * that take their time.
 */
export function wordsFor(scenario: AttachedScenario, at: Date): string[] {
  const words: string[] = []
  for (const step of ['authorize', 'capture', 'void', 'refund', 'increment'] as const) {
    const applies = rulesFor(scenario, { step, nth: 1, at })
    const decided = applies.find(({ rule }) => rule.outcomes)
    const code = decided && weighted(decided.rule.outcomes ?? [], decided.draw('outcome'))
    if (code !== undefined && !code.startsWith('10')) words.push(`${step}.code:${code}`)
    const working = applies.find(({ rule }) => rule.pending)?.rule.pending
    if (!working) continue
    const seconds = working.for === undefined ? '' : Math.round((spanMs(working.for) ?? 0) / 1000)
    words.push(
      `${step}.pending${seconds === '' ? '' : `:${seconds}`}${working.ends && seconds !== '' ? `:${working.ends}` : ''}`,
    )
  }
  return words
}

/** A number from 0 to 1, 1 excluded, for one purpose. */
type Draw = (purpose: string) => number

function rulesFor(scenario: AttachedScenario, { step, nth, at }: Message): { rule: ScenarioRule; draw: Draw }[] {
  const elapsedMs = at.getTime() - Date.parse(scenario.since)
  return scenario.rules.flatMap((rule, index) => {
    if (!stepsOf(rule).includes(step) || nth > (rule.times ?? nth) || !isDuring(rule, elapsedMs)) return []
    const draw: Draw = (purpose) => drawn(scenario, `${index} ${step} ${nth} ${purpose}`)
    return draw('chance') < (rule.chance ?? 1) ? [{ rule, draw }] : []
  })
}

function isDuring({ during }: ScenarioRule, elapsedMs: number): boolean {
  if (!during) return true
  const from = spanMs(during.from ?? 'PT0S') ?? 0
  const lasts = during.for === undefined ? Number.POSITIVE_INFINITY : (spanMs(during.for) ?? 0)
  return elapsedMs >= from && elapsedMs < from + lasts
}

/** HMAC of the seed over the payment's number and the purpose. */
function drawn({ seed, payment }: AttachedScenario, purpose: string): number {
  return createHmac('sha256', seed).update(`${payment}\n${purpose}`).digest().readUInt32BE(0) / 2 ** 32
}

function weighted(outcomes: readonly { code: string; weight: number }[], at: number): string | undefined {
  let left = at * outcomes.reduce((sum, { weight }) => sum + weight, 0)
  for (const { code, weight } of outcomes) {
    left -= weight
    if (left < 0) return code
  }
  return outcomes.at(-1)?.code
}

function lengthOf(latency: ScenarioLatency, draw: Draw): number {
  const { ms = 0, min_ms = 0, max_ms = 0, mean_ms = 0, deviation_ms = 0 } = latency
  // Never quite 0, of which there is no logarithm.
  const one = 1 - draw('one')
  const length = {
    fixed: () => ms,
    uniform: () => min_ms + (1 - one) * (max_ms - min_ms),
    normal: () => mean_ms + deviation_ms * Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * draw('two')),
    exponential: () => -mean_ms * Math.log(one),
  }[latency.distribution]()
  return Math.round(Math.min(Math.max(length, 0), LONGEST_LATENCY_MS))
}

function noticeOf({ copies = 1, when = 'after', late, reversed = false }: ScenarioRule['notify'] & object, draw: Draw) {
  return {
    copies,
    before: when === 'before',
    lateMs: late ? lengthOf(late, (what) => draw(`late ${what}`)) : 0,
    reversed,
  }
}
