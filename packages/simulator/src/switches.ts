/**
 * Switches a test sets in `metadata.sluice_simulator`: words separated by blanks or commas, each `[step.]name[:value]`.
 * Without a step a word is about the authorization. They make any failure happen on demand, again and again.
 */

const STEPS = [
  'authorize',
  'retrieve',
  'complete',
  'cancel',
  'capture',
  'void',
  'refund',
  'increment',
  'reverse',
] as const
export type Step = (typeof STEPS)[number]

/** How an answer goes astray. `booked`: whether the books have it, and only the answer is lost. */
export type Fault =
  | { kind: 'silence'; booked: boolean }
  | { kind: 'cut'; booked: boolean }
  | { kind: 'http_500'; booked: boolean }
  | { kind: 'garbled'; booked: true }
  | { kind: 'unknown_code'; booked: true }

const FAULTS: Readonly<Record<string, Fault>> = {
  timeout: { kind: 'silence', booked: true },
  timeout_before_booking: { kind: 'silence', booked: false },
  drop_after_booking: { kind: 'cut', booked: true },
  drop_before_booking: { kind: 'cut', booked: false },
  http_500: { kind: 'http_500', booked: true },
  http_500_before_booking: { kind: 'http_500', booked: false },
  garbled: { kind: 'garbled', booked: true },
  unknown_code: { kind: 'unknown_code', booked: true },
}

/** Outcomes and manners, with what their value must look like. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  slow: /^\d{1,5}$/,
  code: /^[0-9A-Z]{5}$/,
  pending: /^(\d{1,7}(:(approved|declined))?)?$/,
  partial: /^\d{1,12}$/,
  amounts: /^$/,
  refuse_cancel: /^$/,
  notify: /^(\d{1,2})?$/,
}

/** Kept with a payment, because its captures and refunds have switches too. */
export type Switches = Readonly<Record<string, string>>

/** @returns the words by `step.name`, or the first word that means nothing. */
export function parseSwitches(text: unknown): { switches: Switches } | { unknown: string } {
  if (text === undefined) return { switches: {} }
  if (typeof text !== 'string') return { unknown: typeof text }
  const switches: Record<string, string> = {}
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const [, step = 'authorize', name = '', value = ''] = /^(?:([a-z]+)\.)?([a-z0-9_]+)(?::(.*))?$/.exec(word) ?? []
    const known = Object.hasOwn(FAULTS, name) ? value === '' : Object.hasOwn(OTHERS, name) && OTHERS[name]?.test(value)
    if (!known || !(STEPS as readonly string[]).includes(step)) return { unknown: word.slice(0, 60) }
    switches[`${step}.${name}`] = value
  }
  return { switches }
}

export function switchValue(switches: Switches, step: Step, name: string): string | undefined {
  return switches[`${step}.${name}`]
}

export function faultOf(switches: Switches, step: Step): Fault | undefined {
  const name = Object.keys(FAULTS).find((fault) => switchValue(switches, step, fault) !== undefined)
  return name === undefined ? undefined : FAULTS[name]
}

/** Milliseconds an answer is held back. */
export function delayOf(switches: Switches, step: Step): number {
  return Number(switchValue(switches, step, 'slow') ?? 0)
}
