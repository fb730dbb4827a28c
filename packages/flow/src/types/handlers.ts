/**
 * Handlers of the shop, for every component of an instance or for one of them. Written as methods, not as function
 * members: so TypeScript also accepts a handler typed by an earlier release, whose unions had fewer members.
 */
import type {
  Component,
  HandleClickResponse,
  HandleSubmitResponse,
  MaybePromise,
  OnCardBinChangedResponse,
  OnTokenizedResponse,
  PayPaymentSessionSuccessfulResponse,
  SubmitData,
} from './component.ts'
import type { CheckoutError } from './errors.ts'
import type { CardMetadataLookupResponse, OnTokenizedResult } from './results.ts'

/** All are given the component that fired first. One that throws fails its attempt, never the form. */
export type SharedComponentOptions = {
  /** The component can be used. */
  onReady?(component: Component): void
  /** The chosen method, its validity or its need of a pay button changed; and once after `onReady`. */
  onChange?(component: Component): void
  /** The first eight digits were entered or changed. `{ continue: false }` refuses the card. */
  onCardBinChanged?(
    component: Component,
    cardMetadata: CardMetadataLookupResponse,
  ): MaybePromise<OnCardBinChangedResponse | void>
  /** An attempt begins. What it returns is ignored. */
  onSubmit?(component: Component): void
  /** A token was made. `{ continue: false }` ends the attempt. */
  onTokenized?(component: Component, tokenizeResult: OnTokenizedResult): MaybePromise<OnTokenizedResponse | void>
  /** Approved without leaving the page; never after a redirect or a challenge. */
  onPaymentCompleted?(component: Component, payment: PayPaymentSessionSuccessfulResponse): void
  onError?(component: Component, error: CheckoutError): void
  /** Submits through the shop's server, at most once for each attempt. Returning nothing ends the attempt. */
  handleSubmit?(component: Component, submitData: SubmitData): MaybePromise<HandleSubmitResponse | void>
  /** A built-in button was pressed and the form is complete. `{ continue: false }` stops without a message. */
  handleClick?(component: Component): MaybePromise<HandleClickResponse | void>
}
