/** What a shop may set, and which of several places wins. Shops hold old documentation: nothing here ever throws. */

import { optionName } from '../common/schemes.ts'
import { COMPONENT_NAMES } from './names.ts'
import { isAmount, isCurrencyCode } from './session.ts'
import type { CardLayout } from './settings.ts'

type Bag = Record<string, unknown>

/** A callback of the shop; arguments and answers are checked where it is called. */
export type Callback = (...args: unknown[]) => unknown

export const CALLBACKS = [
  'onReady',
  'onChange',
  'onSubmit',
  'onCardBinChanged',
  'onTokenized',
  'onAuthorized',
  'onPaymentCompleted',
  'onError',
  'onMandateCreated',
  'handleSubmit',
  'handleClick',
  'handlePaymentAdditionalContentMount',
  'handlePaymentAdditionalContentUnmount',
] as const
export type CallbackName = (typeof CALLBACKS)[number]

/** One component's options after all places were looked at. */
export interface Resolved {
  callbacks: Partial<Record<CallbackName, Callback>>
  showPayButton: boolean
  /** Scheme names of the options, `american_express`; absent for all. */
  acceptedCardSchemes?: string[]
  /** `credit`, `debit`, …; absent for all. */
  acceptedCardTypes?: string[]
  displayCardholderName: 'top' | 'bottom' | 'hidden'
  displayCvv: 'mandatory' | 'hidden'
  cardCvvLength: 3 | 4
  expandFirstPaymentMethod: boolean
  displayPaymentAdditionalContent: 'above_pay_button' | 'below_pay_button'
  /** Ours: where a bank's page is shown. */
  redirectMode: 'overlay' | 'page'
  /** Ours: instead of what the installation is set to. */
  cardLayout?: CardLayout
  /** Wallets: `tokenize` makes a token for the shop, and pays nothing. */
  mode: 'pay' | 'tokenize'
  captureBillingAddress: boolean
  /** In the wallet's own words. */
  buttonColor?: string
  buttonType?: string
  /** Prefill: `cardholderName`, `email`, … Only texts. */
  data: Record<string, string>
}

/** Options that may stand beside the components in `componentOptions.flow` and are then everybody's. */
const SHARED_BY_FLOW = [
  'acceptedCardSchemes',
  'acceptedCardTypes',
  'captureCardCvv',
  'displayPaymentAdditionalContent',
  'handlePaymentAdditionalContentMount',
  'handlePaymentAdditionalContentUnmount',
  'onMandateCreated',
]

/**
 * The narrowest place wins: what `create()` was given, `componentOptions[name]`, for list options
 * `componentOptions.flow`, the top level.
 * @param method a method inside `flow`: then `componentOptions[method]` stands before what `create('flow')` was given,
 * being narrower
 */
export function resolveOptions(options: unknown, name: string, created: unknown, method?: string): Resolved {
  const top = bag(options)
  const components = bag(top.componentOptions)
  const places = [bag(created), bag(components[name])]
  if (method) places.unshift(bag(components[method]))
  const shared = bag(components.flow)

  function find<T>(key: string, is: (value: unknown) => value is T): T | undefined {
    const candidates = places.map((place) => place[key])
    if (SHARED_BY_FLOW.includes(key)) candidates.push(shared[key])
    return [...candidates, top[key]].find(is)
  }
  /** The first of `values` is what is meant when nobody said anything. */
  const oneOf = <T>(key: string, ...values: [T, ...T[]]) =>
    find(key, (value): value is T => values.includes(value as T)) ?? values[0]

  const callbacks: Resolved['callbacks'] = {}
  for (const key of CALLBACKS) {
    const callback = find(key, isFunction)
    if (callback) callbacks[key] = callback
  }
  const schemes = find('acceptedCardSchemes', isTexts)
  const types = find('acceptedCardTypes', isTexts)
  const [buttonColor, buttonType] = ['buttonColor', 'buttonType'].map((key) => find(key, isText))
  const cardLayout = find('cardLayout', (value) => value === 'single' || value === 'per-field')
  return {
    callbacks,
    showPayButton: oneOf('showPayButton', true, false),
    ...(schemes && { acceptedCardSchemes: schemes.map(optionName) }),
    ...(types && { acceptedCardTypes: types.map((type) => type.toLowerCase()) }),
    displayCardholderName: oneOf('displayCardholderName', 'top', 'bottom', 'hidden'),
    displayCvv: oneOf('displayCvv', 'mandatory', 'hidden'),
    cardCvvLength: oneOf('cardCvvLength', 3, 4),
    expandFirstPaymentMethod: oneOf('expandFirstPaymentMethod', true, false),
    displayPaymentAdditionalContent: oneOf('displayPaymentAdditionalContent', 'above_pay_button', 'below_pay_button'),
    redirectMode: oneOf('redirectMode', 'overlay', 'page'),
    mode: oneOf('mode', 'pay', 'tokenize'),
    captureBillingAddress: oneOf('captureBillingAddress', false, true),
    ...(buttonColor && { buttonColor }),
    ...(buttonType && { buttonType }),
    ...(cardLayout && { cardLayout }),
    data: Object.assign({}, ...[components, ...places.reverse()].map((place) => texts(place.data))),
  }
}

/** What a sessionless instance is to show; members that make no sense are left out. */
export function sessionlessAmount(options: unknown): { amount?: number; currency?: string } {
  const { amount, currency } = bag(bag(options).componentOptions)
  return { ...(isAmount(amount) && { amount }), ...(isCurrencyCode(currency) && { currency }) }
}

/** By locale and key; what is no text is left out. */
export function translationsOf(options: unknown): Record<string, Record<string, string>> {
  const tables = Object.entries(bag(bag(options).translations))
  return Object.fromEntries(tables.map(([locale, table]) => [locale, texts(table)]))
}

const TOP_LEVEL = [
  'publicKey',
  'paymentSession',
  'environment',
  'locale',
  'translations',
  'appearance',
  'componentOptions',
  'showPayButton',
  'captureBillingAddress',
  'cardLayout',
  'redirectMode',
]
const IN_COMPONENT_OPTIONS = ['amount', 'currency', 'items', 'processingChannelId', 'data']

/** Options nobody here knows, as `componentOptions.cart`: they are ignored, and said once in sandbox. */
export function unknownOptions(options: unknown): string[] {
  const stray = (of: unknown, known: readonly string[]) => Object.keys(bag(of)).filter((key) => !known.includes(key))
  return [
    ...stray(options, [...TOP_LEVEL, ...CALLBACKS]),
    ...stray(bag(options).componentOptions, [...IN_COMPONENT_OPTIONS, ...COMPONENT_NAMES]).map(
      (key) => `componentOptions.${key}`,
    ),
  ]
}

/**
 * Why `update()` refuses its argument, by field; empty when it does not. An amount is a whole number of minor units, a
 * currency three capital letters.
 */
export function updateErrors(details: unknown): Record<string, string> {
  if (typeof details !== 'object' || details === null) return { details: 'must be an object' }
  const errors: Record<string, string> = {}
  for (const [key, value] of Object.entries(details)) {
    if (key !== 'amount' && key !== 'currency') errors[key] = 'not supported field'
    else if (value === undefined) continue
    else if (key === 'amount' && !isAmount(value)) errors[key] = 'must be a non-negative integer'
    else if (key === 'currency' && !isCurrencyCode(value)) errors[key] = 'must be an ISO 4217 currency code'
  }
  return errors
}

function bag(value: unknown): Bag {
  return typeof value === 'object' && value !== null ? (value as Bag) : {}
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(bag(value)).filter((entry): entry is [string, string] => isText(entry[1])))
}

function isFunction(value: unknown): value is Callback {
  return typeof value === 'function'
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText)
}
