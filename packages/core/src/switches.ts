/**
 * The words of `metadata.sluice_simulator`, separated by blanks or commas, each `[step.]name[:value]`. Without a step a
 * word is about the authorization. What they do is the simulator's; how they are written is known to both sides, so that a
 * slip is shown where its writer looks.
 */
import { BANK_STEPS } from './scenario.ts'

/** Without a value. */
export const FAULT_NAMES = [
  'timeout',
  'timeout_before_booking',
  'drop_after_booking',
  'drop_before_booking',
  'http_500',
  'http_500_before_booking',
  'garbled',
  'unknown_code',
] as const
export type FaultName = (typeof FAULT_NAMES)[number]

/** What the value of each must look like. */
const MANNER_VALUES = {
  slow: /^\d{1,5}$/,
  code: /^[0-9A-Z]{5}$/,
  pending: /^(\d{1,7}(:(approved|declined))?)?$/,
  partial: /^\d{1,12}$/,
  amounts: /^$/,
  refuse_cancel: /^$/,
  notify: /^(\d{1,2})?$/,
  risk: /^(flag|velocity=\d{1,4}\/P(\d{1,3}D|T\d{1,5}[HMS])(\/(card|email|ip))?)$/,
} as const satisfies Record<string, RegExp>
export type MannerName = keyof typeof MANNER_VALUES

/** About 3-D Secure. They stand as they are written, and belong to no step of a payment. */
const THREE_DS_VALUES = {
  challenge: /^(approve|fail|cancel|timeout)$/,
  'challenge.kind': /^(password|otp|oob)$/,
  method: /^hang$/,
  acs: /^down$/,
  ds: /^down$/,
  rreq: /^(lost|late)$/,
  transstatus: /^[YNAURICDS]$/,
  page: /^(hangs|down)$/,
} as const satisfies Record<string, RegExp>
export type ThreeDsWord = keyof typeof THREE_DS_VALUES

const OF_A_STEP: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(FAULT_NAMES.map((name) => [name, /^$/])),
  ...MANNER_VALUES,
}
const OF_NO_STEP: Readonly<Record<string, RegExp>> = THREE_DS_VALUES

/** The values by `step.name`, or by the name of a word that belongs to no step. */
export type Switches = Readonly<Record<string, string>>

/** @returns the words, or the first that means nothing */
export function parseSwitches(text: unknown): { switches: Switches } | { unknown: string } {
  if (text === undefined) return { switches: {} }
  if (typeof text !== 'string') return { unknown: typeof text }
  const switches: Record<string, string> = {}
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const [whole = '', wish = ''] = word.split(/:(.*)/)
    const { step = 'authorize', name, value } = partsOf(word)
    const free = ownOf(OF_NO_STEP, whole)
    const known = free ?? ((BANK_STEPS as readonly string[]).includes(step) ? ownOf(OF_A_STEP, name) : undefined)
    if (!known?.test(free ? wish : value)) return { unknown: word.slice(0, 60) }
    switches[free ? whole : `${step}.${name}`] = free ? wish : value
  }
  return { switches }
}

/** What is wrong with the text, as a sentence with the word and the nearest that is known; nothing for a good one. */
export function switchesProblem(text: unknown): string | undefined {
  const parsed = parseSwitches(text)
  if (!('unknown' in parsed)) return undefined
  const { unknown } = parsed
  const begin = 'metadata.sluice_simulator:'
  if (typeof text !== 'string') return `${begin} must be text, and is of type ${unknown}`
  const [whole = ''] = unknown.split(':')
  const { step, name } = partsOf(unknown)
  if (ownOf(OF_NO_STEP, whole)) return `${begin} "${unknown}" has no value that ${whole} takes`
  if (ownOf(OF_A_STEP, name)) {
    return step !== undefined && !(BANK_STEPS as readonly string[]).includes(step)
      ? `${begin} "${unknown}" names no step; the nearest is ${nearest(step, BANK_STEPS)}`
      : `${begin} "${unknown}" has no value that ${name} takes`
  }
  const words = [...Object.keys(OF_A_STEP), ...Object.keys(OF_NO_STEP)]
  return `${begin} "${unknown}" is unknown; the nearest word is ${nearest(name === '' ? whole : name, words)}`
}

/** `name` is empty for what cannot be a word. */
function partsOf(word: string): { step: string | undefined; name: string; value: string } {
  const [, step, name = '', value = ''] = /^(?:([a-z]+)\.)?([a-z0-9_]+)(?::(.*))?$/.exec(word) ?? []
  return { step, name, value }
}

function ownOf(words: Readonly<Record<string, RegExp>>, name: string): RegExp | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined
}

function nearest(word: string, known: readonly string[]): string | undefined {
  return known.toSorted((one, other) => distance(word, one) - distance(word, other))[0]
}

/** How many characters must be added, left out or changed to make the one the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [at, character] of [...one].entries()) {
    const next = [at + 1]
    for (let to = 1; to <= other.length; to++) {
      const changed = (row[to - 1] as number) + (other[to - 1] === character ? 0 : 1)
      next.push(Math.min(changed, (row[to] as number) + 1, (next[to - 1] as number) + 1))
    }
    row = next
  }
  return row[other.length] as number
}
