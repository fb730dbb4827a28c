/** Ways to pay inside a component, and what a component asks of each. A further method is a further row of the table. */
import type { CardMetadata } from '../common/messages.ts'
import type { CardModel } from '../view/model.ts'
import { createCard } from './card.ts'
import type { Gate } from './callbacks.ts'
import type { Resolved } from './options.ts'
import type { Runtime } from './runtime.ts'

export interface Method {
  /** Safe as an `id` attribute. */
  readonly id: string
  readonly type: string
  /** Key of its name. */
  readonly label: string
  /** It has what it needs to be used. */
  isReady(): boolean
  /** A frame of it could not be loaded; the others are of no use without it. */
  isBroken(): boolean
  retry(): void
  isValid(): boolean
  /** Needs a pay button, ours or the shop's. */
  needsButton: boolean
  /** Cards are kept for another time. */
  savesCards?(): boolean
  /** What it draws besides its heading. */
  card?(): CardModel
  /** Shown and chosen from now on. */
  open(): void
  /** Not any more: what is secret is forgotten. */
  close(): void
  /** Everything is filled in, and the shop refuses nothing of it; else the shopper is shown what is not. */
  check(): Promise<boolean>
  /** The result of `tokenize()`; absent for methods without a token. */
  tokenize?(options?: unknown): Promise<object>
  /** What it adds to a payment. */
  payment(): { form?: string; store?: boolean; preferredScheme?: string }
  lock(locked: boolean): void
  chooseScheme?(scheme: string): void
  consent?(checked: boolean): void
  /** What of the looks its frames have to be told. */
  restyle?(): void
}

/** What a method may do to the component that holds it. */
export interface MethodHost {
  options: Resolved
  /** Draw again, and tell `onChange` when something that shops look at is different. */
  changed(): void
  /** The shopper pressed Enter in a field. */
  pressed(): void
  /** The first digits of a card are known. `accepted`: by the shop's lists. Answers what the shop's callback says. */
  binChanged(metadata: CardMetadata, accepted: boolean): Promise<Gate>
  /** Something was lost that the shopper has to enter again. */
  lost(): void
  /** Our root on the page, whose looks are handed on to frames. */
  element(): Element | undefined
}

export type MethodBuilder = (name: string, runtime: Runtime, host: MethodHost) => Method

/** The methods that are built. Others of a session's list are left out. */
export const METHODS: Record<string, MethodBuilder> = {
  card: createCard,
  card_cvv: createCard,
}

/** Those that stand in the list of `flow`. */
export function isListed(type: string): boolean {
  return Object.hasOwn(METHODS, type) && type !== 'card_cvv'
}

/** Built, and among the methods of the session as far as they are known. The security code alone needs no session. */
export function isOffered(runtime: Runtime, name: string): boolean {
  if (name === 'card_cvv') return true
  if (!runtime.sessionKey) return name !== 'flow'
  const methods = runtime.methods()
  if (!methods) return !runtime.trouble()
  return name === 'flow' ? methods.some(({ type }) => isListed(type)) : methods.some(({ type }) => type === name)
}
