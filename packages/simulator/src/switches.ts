/**
 * Switches a test sets in `metadata.sluice_simulator`: words separated by blanks or commas, each `[step.]name[:value]`.
 * Without a step a word is about the authorization. They make any failure happen on demand, again and again.
 */
import type { Fidelity } from './issuer/cards.ts'
import { THREE_DS_WORDS } from './three-ds/switches.ts'

const STEPS = [
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
export type Step = (typeof STEPS)[number]

/** How an answer goes astray. `booked`: whether the books have it, and only the answer is lost. */
export type Fault =
  | { kind: 'silence'; booked: boolean }
  | { kind: 'cut'; booked: boolean }
  | { kind: 'http_500'; booked: boolean }
  | { kind: 'garbled'; booked: true }
  | { kind: 'unknown_code'; booked: true }

interface Word {
  /** What it does, as a sentence. */
  about: string
  fidelity: Fidelity
}

export const FAULTS: Readonly<Record<string, Word & { fault: Fault }>> = {
  timeout: {
    fault: { kind: 'silence', booked: true },
    about: 'Booked, but never answered.',
    fidelity: 'inferred',
  },
  timeout_before_booking: {
    fault: { kind: 'silence', booked: false },
    about: 'Not booked and never answered.',
    fidelity: 'inferred',
  },
  drop_after_booking: {
    fault: { kind: 'cut', booked: true },
    about: 'Booked; the connection is cut instead of an answer.',
    fidelity: 'inferred',
  },
  drop_before_booking: {
    fault: { kind: 'cut', booked: false },
    about: 'Not booked; the connection is cut.',
    fidelity: 'inferred',
  },
  http_500: {
    fault: { kind: 'http_500', booked: true },
    about: 'Booked; answered with status 500.',
    fidelity: 'inferred',
  },
  http_500_before_booking: {
    fault: { kind: 'http_500', booked: false },
    about: 'Not booked; answered with status 500.',
    fidelity: 'inferred',
  },
  garbled: {
    fault: { kind: 'garbled', booked: true },
    about: 'Booked; half a JSON document.',
    fidelity: 'inferred',
  },
  unknown_code: {
    fault: { kind: 'unknown_code', booked: true },
    about: 'Booked; answered with a code that is in no list.',
    fidelity: 'inferred',
  },
}

/** Outcomes and manners, with what their value must look like. */
export const MANNERS: Readonly<Record<string, Word & { value: RegExp }>> = {
  slow: {
    value: /^\d{1,5}$/,
    about: 'Answered so many milliseconds later.',
    fidelity: 'inferred',
  },
  code: {
    value: /^[0-9A-Z]{5}$/,
    about: 'Answered with this code.',
    fidelity: 'inferred',
  },
  pending: {
    value: /^(\d{1,7}(:(approved|declined))?)?$/,
    about: 'The bank is still working, for ever or for so many seconds.',
    fidelity: 'inferred',
  },
  partial: {
    value: /^\d{1,12}$/,
    about: 'Approves only so much.',
    fidelity: 'inferred',
  },
  amounts: {
    value: /^$/,
    about: 'The last two digits of the amount choose the code.',
    fidelity: 'inferred',
  },
  refuse_cancel: {
    value: /^$/,
    about: 'A waiting payment is not cancelled.',
    fidelity: 'inferred',
  },
  notify: {
    value: /^(\d{1,2})?$/,
    about: 'The merchant is told what the shopper chose before the browser is back.',
    fidelity: 'inferred',
  },
  risk: {
    value: /^(flag|velocity=\d{1,4}\/P(\d{1,3}D|T\d{1,5}[HMS])(\/(card|email|ip))?)$/,
    about: 'Flags the payment, or counts it under a velocity rule of its own.',
    fidelity: 'inferred',
  },
}

/** Kept with a payment, because its captures and refunds have switches too. */
export type Switches = Readonly<Record<string, string>>

/** @returns the words by `step.name`, or the first word that means nothing. */
export function parseSwitches(text: unknown): { switches: Switches } | { unknown: string } {
  if (text === undefined) return { switches: {} }
  if (typeof text !== 'string') return { unknown: typeof text }
  const switches: Record<string, string> = {}
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const [whole = '', wish = ''] = word.split(/:(.*)/)
    if (Object.hasOwn(THREE_DS_WORDS, whole)) {
      if (!THREE_DS_WORDS[whole]?.value.test(wish)) return { unknown: word.slice(0, 60) }
      switches[whole] = wish
      continue
    }
    const [, step = 'authorize', name = '', value = ''] = /^(?:([a-z]+)\.)?([a-z0-9_]+)(?::(.*))?$/.exec(word) ?? []
    const known = Object.hasOwn(FAULTS, name)
      ? value === ''
      : Object.hasOwn(MANNERS, name) && MANNERS[name]?.value.test(value)
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
  return name === undefined ? undefined : FAULTS[name]?.fault
}

/** Milliseconds an answer is held back. */
export function delayOf(switches: Switches, step: Step): number {
  return Number(switchValue(switches, step, 'slow') ?? 0)
}
