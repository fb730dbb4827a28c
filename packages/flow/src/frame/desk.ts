/**
 * What a keeper offers to the fields documents beside it. They are windows of one origin below the same page, so they
 * call each other directly; the page, on another origin, can reach neither. It is never a channel made by the page: a
 * page that made it could listen.
 */
import type { TypedCard } from '@sluice/sealing/payload'
import type { CardFormOptions, CardFormState, CardMetadata, FieldName } from '../common/messages.ts'
import type { Change } from './format.ts'

/** Stands as `sluiceDesk` on the keeper's window; found by `findDesk` through the frames of the page. */
export interface Desk {
  instance: string
  form(id: string): CardForm | undefined
  texts(): Texts
  /** Called as soon as there are texts, at once when they are there, and at every change; returns how to stop. */
  onTexts(listener: (texts: Texts) => void): () => void
}

export interface Texts {
  locale: string
  dir: 'ltr' | 'rtl'
  texts: Record<string, string>
}

/** One card form: what was typed, what it means, and who shows it. Lives in the keeper, so a moved frame loses nothing. */
export interface CardForm {
  readonly options: CardFormOptions
  /** Shows the form from now on; called with the whole picture at once and at every change. Returns how to stop. */
  attach(view: FormView): () => void
  /** The shopper changed a field: `text` as the input has it now, caret as it stands. Answers what to show instead. */
  edit(field: FieldName, text: string, caret: number, change?: Change): { text: string; caret: number }
  /** The shopper left a field: it is judged now. */
  leave(field: FieldName): void
  /** The first field that is wrong, `undefined` when all is well; `reveal` judges every field, as if all had been left. */
  check(reveal: boolean): FieldName | undefined
  state(): CardFormState
  /** The card when the form is valid: what is sealed. Never leaves this origin but sealed. */
  card(): TypedCard | undefined
  /** The security code of a form that asks for nothing else, when it is valid: `card_cvv`. */
  cvv(): string | undefined
  /** What the lookup of the leading eight digits answered. */
  learn(metadata: CardMetadata): void
  /** The shop refuses this number; shown until it changes. */
  refuse(message: string): void
  /** The card has paid: number and security code are forgotten, their masks stay in view until `forget`. */
  spend(): void
  forget(what: 'card' | 'all'): void
  onChange(listener: (state: CardFormState) => void): () => void
}

export interface FormView {
  show(picture: FormPicture): void
}

export interface FormPicture {
  fields: Record<FieldName, FieldPicture>
  /** Scheme names to mark the number with; the co-badged two, one, or none while it is unknown. */
  schemes: string[]
}

export interface FieldPicture {
  /** Formatted, as the input has it. */
  value: string
  /** Key and values of the text that says what is wrong; absent while nothing is. `message` is a text as it stands. */
  error?: { key: string; values?: Record<string, string> } | { message: string }
  maxLength: number
}
