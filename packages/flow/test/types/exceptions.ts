/**
 * Where the declarations of an older official version and ours differ because the official package itself went on.
 * All that is not listed here has to agree; an entry that has become needless fails the test.
 */

/** A passage of the declarations that later official versions changed. Comments are gone from them. */
export interface Change {
  reason: string
  from: string | RegExp
  to: string
}

const CLOSED_METHODS: Change = {
  reason: 'giropay and Sofort were shut down by those who ran them and left the package with 1.0.0',
  from: /^ *(?:\[ComponentName\.|create\(name: `\$\{ComponentName\.)?(?:Giropay|giropay|Sofort|sofort)\b.*\n/gm,
  to: '',
}

const GLOBAL_WITHOUT_OPTIONS: Change = {
  reason: 'the global function has required its options since 1.0.0; without a public key it never worked',
  from: '(options?: Options): CheckoutWebComponents',
  to: '(options: Options): CheckoutWebComponents',
}

const REQUEST_ERROR_DETAILS: Change = {
  reason: 'since 1.0.0 a request error need not say which session it belongs to, as there may be none',
  from: /(browserSessionId)(: string;\s*paymentId\?: string;\s*paymentSessionId)(: string;)/g,
  to: '$1?$2?$3',
}

const NAMES_AS_STRINGS: Change = {
  reason: 'since 0.6.0-beta components are named by plain strings, where members of the enumeration were',
  from: /(type\??: )ComponentName;/g,
  to: '$1`${ComponentName}`;', // oxlint-disable-line no-template-curly-in-string
}

const TOKEN_RESULTS: Change[] = [
  {
    reason: 'since 1.7.1 `data.type` of a card token is a plain string, where a member of the enumeration was',
    from: /(token: string;\s*type: )ComponentName\.Card;/g,
    to: "$1'card';",
  },
  {
    reason: 'since 1.7.1 there is also a result for a security code alone, and since 1.13.0 one for each wallet',
    from: 'type TokenizeResult = CardTokenizeResult;',
    to: "type TokenizeResult = import('../ours/index.ts').TokenizeResult;",
  },
]

export const CHANGES: Record<string, Change[]> = {
  '0.1.0-beta': [
    {
      reason: 'errors were given codes and details with 0.5.0-beta, name and message with 0.6.0-beta',
      from: /type CheckoutError = .*;/g,
      to: "type CheckoutError = import('../ours/index.ts').CheckoutError;",
    },
    {
      reason: 'the types of components have had shorter names since 0.5.0-beta',
      from: /\bPaymentComponent(?=Name\b|\b)/g,
      to: 'Component',
    },
    {
      reason: 'what was called payments has been called flow since 0.5.0-beta',
      from: 'Payments = "payments"',
      to: 'Flow = "flow"',
    },
    { reason: 'the same, where the member is used', from: 'ComponentName.Payments', to: 'ComponentName.Flow' },
    {
      reason: 'a status has been a plain string since 0.5.0-beta',
      from: 'status: PaymentStatus.Approved',
      to: "status: 'Approved'",
    },
    {
      reason: 'the fonts for titles and running text went with 0.5.0-beta',
      from: /^ *(?:\[FontName\.)?(?:Title|Body)\b.*\n/gm,
      to: '',
    },
    {
      reason: 'since 0.5.0-beta the session is an object; a string never had a secret to pay with',
      from: 'paymentSession: PaymentSessionResponse | string',
      to: 'paymentSession: PaymentSessionResponse',
    },
    {
      reason: 'all tokens were renamed in 0.5.0-beta; at run time old ones are ignored',
      from: 'appearance?: PartialDesignTokens',
      to: 'appearance?: { borderRadius?: BorderRadius; borderWidth?: string; focusOutlineWidth?: string }',
    },
    NAMES_AS_STRINGS,
    CLOSED_METHODS,
    GLOBAL_WITHOUT_OPTIONS,
  ],
  '0.5.0-beta': [
    {
      reason: 'errors have had name and message since 0.6.0-beta',
      from: /^(type Checkout\w+Error = \{)$/gm,
      to: "$1 name: 'CheckoutError'; message: string;",
    },
    NAMES_AS_STRINGS,
    CLOSED_METHODS,
    GLOBAL_WITHOUT_OPTIONS,
    REQUEST_ERROR_DETAILS,
  ],
  '0.6.0-beta': [CLOSED_METHODS, GLOBAL_WITHOUT_OPTIONS, REQUEST_ERROR_DETAILS],
  '1.0.0': TOKEN_RESULTS,
  '1.3.0': TOKEN_RESULTS,
}

/** Exported names, or whole types, that later official versions did not keep. */
export interface Gone {
  reason: string
  names: string[]
}

const HANDLE_CLICK: Gone = {
  reason: 'called HandleClickResponse since 1.0.0, and told apart by its literal',
  names: ['HandleClickResult'],
}

export const GONE: Record<string, Gone[]> = {
  '0.1.0-beta': [
    {
      reason: 'replaced by the errors with codes of 0.5.0-beta',
      names: ['ApiErrorResponse', 'CheckoutErrorIntegration', 'CheckoutErrorRequest', 'CheckoutErrorSubmit'],
    },
    {
      reason: 'a decline has been an error since 0.5.0-beta',
      names: ['PayPaymentSessionDeclinedResponse', 'PaymentStatus'],
    },
    {
      reason: 'the options of a component have had one name for many components since 0.5.0-beta',
      names: [
        'ApplepayOptions',
        'BancontactOptions',
        'CardOptions',
        'EpsOptions',
        'GiropayOptions',
        'GooglepayOptions',
        'IdealOptions',
        'KnetOptions',
        'MultibancoOptions',
        'P24Options',
        'PaymentComponentOptions',
        'PaymentComponentOptionsWithShowPayButton',
        'PaymentsOptions',
        'SofortOptions',
      ],
    },
    {
      reason: 'all tokens were renamed in 0.5.0-beta; at run time old ones are ignored',
      names: [
        'ColorTokens',
        'ColorTokensForBackground',
        'ColorTokensForBorder',
        'ColorTokensForIcon',
        'ColorTokensForText',
        'DesignTokens',
        'PartialDesignTokens',
        'Spacing',
      ],
    },
  ],
  '0.5.0-beta': [HANDLE_CLICK],
  '0.6.0-beta': [HANDLE_CLICK],
}
