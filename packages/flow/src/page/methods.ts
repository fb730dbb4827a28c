/** Ways to pay inside a component, and what a component asks of each. A further kind of form is a further row of the table. */
import type { CardMetadata, Payment } from '../common/messages.ts'
import type { CardModel, ContentModel } from '../view/model.ts'
import type { AttemptParts } from './attempt.ts'
import { createCard } from './card.ts'
import type { Gate } from './callbacks.ts'
import { createCollecting } from './methods/collecting.ts'
import { COMPONENT_NAMES } from './names.ts'
import type { Resolved } from './options.ts'
import type { Runtime } from './runtime.ts'
import type { ShownStep, StepEvents, Steps } from './steps.ts'

export interface Method {
  /** Safe as an `id` attribute. */
  readonly id: string
  readonly type: string
  /** Key of its name, or the name itself. Empty while it is not known. */
  readonly label: string
  /** Resolves when the label is known, where that takes time; never rejects. */
  loaded?(): Promise<void>
  /** It has what it needs to be used. */
  isReady(): boolean
  /** A frame of it could not be loaded; the others are of no use without it. */
  isBroken(): boolean
  retry(): void
  isValid(): boolean
  /** Needs a pay button, ours or the shop's. */
  readonly needsButton: boolean
  /** Has a button of its own that begins the payment; `submit()` and Enter begin it as well. */
  readonly ownButton?: boolean
  /** Cards are kept for another time. */
  savesCards?(): boolean
  /** What it draws besides its heading. */
  card?(): CardModel
  /** The same of a form that is drawn by its own code. */
  content?(): ContentModel
  /** What the payment waits for, to be drawn from now on; `undefined` when nothing does. */
  showStep?(step: ShownStep | undefined): void
  /** Waits for what the shopper does about a payment. Absent until its code has been loaded. */
  readonly createSteps?: ((on: StepEvents) => Steps) | undefined
  /** The one-time code; `undefined`, and shown to be wrong, when it is not whole. */
  code?(): string | undefined
  /** Shows at its fields what the server refused of them, by `error_codes`; `false` when it has no such fields. */
  refuse?(errorCodes: string[]): boolean
  /** Shown and chosen from now on. */
  open(): void
  /** Not any more: what is secret is forgotten. */
  close(): void
  /** Everything is filled in, and the shop refuses nothing of it; else the shopper is shown what is not. */
  check(): Promise<boolean>
  /** The result of `tokenize()`; absent for methods without a token. */
  tokenize?(options?: unknown): Promise<object>
  /** What it adds to a payment. */
  payment(): Omit<Payment, 'method' | 'displayed'>
  /** It was opened by `check`, within the click: what its shopper approves in it, and how it is told what came of that. */
  sheet?(): Sheet | undefined
  /** Whether this device can be paid with at all. Never rejects; absent for methods that need nothing of a device. */
  available?(): Promise<boolean>
  /** It cannot: not to be listed. */
  isHidden?(): boolean
  lock(locked: boolean): void
  chooseScheme?(scheme: string): void
  consent?(checked: boolean): void
  /** What of the looks its frames have to be told. */
  restyle?(): void
}

/** A wallet's sheet above the page. */
export interface Sheet {
  /** Waits for the shopper, and asks the shop's callbacks about what he approved. @throws when the wallet failed */
  agree(parts: Pick<AttemptParts, 'callbacks' | 'ask'>): Promise<Agreed>
  /** How the attempt ended: the sheet says so and goes away. */
  close(succeeded: boolean): void
}

/** `pays`: what is added to the payment; absent when nothing is to be paid. Not open: a callback said no. */
export type Agreed =
  | { open: true; pays?: Pick<Payment, 'wallet' | 'holder' | 'details'> & Partial<Pick<Payment, 'displayed'>> }
  | Extract<Gate, { open: false }>

/** What a method may do to the component that holds it. */
export interface MethodHost {
  options: Resolved
  /** Draw again, and tell `onChange` when something that shops look at is different. */
  changed(): void
  /** The shopper pressed Enter in a field. */
  pressed(): void
  /** The shopper pressed the method's own button that begins the payment. */
  begin(): void
  /** The shopper says that he has approved the payment: resolves once the session was asked. Or he does not want it. */
  look(): Promise<void>
  cancel(): void
  /** The first digits of a card are known. `accepted`: by the shop's lists. Answers what the shop's callback says. */
  binChanged(metadata: CardMetadata, accepted: boolean): Promise<Gate>
  /** Something was lost that the shopper has to enter again. */
  lost(): void
  /** Our root on the page, whose looks are handed on to frames. */
  element(): Element | undefined
}

export type MethodBuilder = (name: string, runtime: Runtime, host: MethodHost) => Method

/** Forms that are their own kind. */
const METHODS: Record<string, MethodBuilder> = {
  card: createCard,
  card_cvv: createCard,
}

/** Names of the interface that are no way to pay, or not built. All others collect what `@sluice/core` says of them. */
const NOT_BUILT = /^(flow|stored_card|remember_me|authentication|shipping_address|bacs|plaid)$/

/** Not without a session, as `@sluice/core` has it. */
export const NEEDS_SESSION =
  /^(flow|stcpay|tabby|tamara|blik|bizum|mobilepay|twint|vipps|paynow|wechatpay|applepay|googlepay|paypal)$/

/** Absent for names that are not built: a session may list them, and they are left out. */
export function builderOf(name: string): MethodBuilder | undefined {
  if (Object.hasOwn(METHODS, name)) return METHODS[name]
  return COMPONENT_NAMES.includes(name) && !NOT_BUILT.test(name) ? createCollecting : undefined
}

/** Those that stand in the list of `flow`. */
export function isListed(type: string): boolean {
  return builderOf(type) !== undefined && type !== 'card_cvv'
}

/** Built, and among the methods of the session as far as they are known. The security code alone needs no session. */
export function isOffered(runtime: Runtime, name: string): boolean {
  if (name === 'card_cvv') return true
  if (!runtime.sessionKey) return !NEEDS_SESSION.test(name)
  const methods = runtime.methods()
  if (!methods) return !runtime.trouble()
  return name === 'flow' ? methods.some(({ type }) => isListed(type)) : methods.some(({ type }) => type === name)
}
