/**
 * What the switches do that a test sets in `metadata.sluice_simulator`; how they are written is in core. They make any
 * failure happen on demand, again and again.
 */
import type { BankStep } from '@sluice/core/scenario'
import type { FaultName, MannerName, Switches } from '@sluice/core/switches'
import type { Fidelity } from './issuer/cards.ts'

export type Step = BankStep

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

export const FAULTS: Readonly<Record<FaultName, Word & { fault: Fault }>> = {
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

/** Outcomes and manners. */
export const MANNERS: Readonly<Record<MannerName, Word>> = {
  slow: {
    about: 'Answered so many milliseconds later.',
    fidelity: 'inferred',
  },
  code: {
    about: 'Answered with this code.',
    fidelity: 'inferred',
  },
  pending: {
    about: 'The bank is still working, for ever or for so many seconds.',
    fidelity: 'inferred',
  },
  partial: {
    about: 'Approves only so much.',
    fidelity: 'inferred',
  },
  amounts: {
    about: 'The last two digits of the amount choose the code.',
    fidelity: 'inferred',
  },
  refuse_cancel: {
    about: 'A waiting payment is not cancelled.',
    fidelity: 'inferred',
  },
  notify: {
    about: 'The merchant is told what the shopper chose before the browser is back.',
    fidelity: 'inferred',
  },
  risk: {
    about: 'Flags the payment, or counts it under a velocity rule of its own.',
    fidelity: 'inferred',
  },
}

export function switchValue(switches: Switches, step: Step, name: string): string | undefined {
  return switches[`${step}.${name}`]
}

export function faultOf(switches: Switches, step: Step): Fault | undefined {
  const [, found] = Object.entries(FAULTS).find(([name]) => switchValue(switches, step, name) !== undefined) ?? []
  return found?.fault
}

/** Milliseconds an answer is held back. */
export function delayOf(switches: Switches, step: Step): number {
  return Number(switchValue(switches, step, 'slow') ?? 0)
}
