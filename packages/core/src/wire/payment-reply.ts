/** `GET /payments/{id}` and `/actions`: what happened to the money. */
import { type Static, type TSchema, Type } from 'typebox'
import { asSent } from './as-sent.ts'
import { members } from './create.ts'
import { AmountAllocations, Items } from './items.ts'
import { Address, Phone, Shipping } from './address.ts'
import { AccountHolder, Recipient, Sender } from './parties.ts'
import { Processing } from './processing.ts'
import { BillingDescriptor, Instruction, PaymentPlan } from './terms.ts'

const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema)
const words = (description: string) => Type.Optional(Type.String({ description }))
const whole = (description: string) => Type.Integer({ description })
const yes = (description: string) => Type.Optional(Type.Boolean({ description }))
export const moment = (description: string) => Type.String({ description: `${description} ISO 8601, UTC.` })

export const Link = Type.Object(
  { href: Type.String(), title: Type.Optional(Type.String()) },
  { description: 'A link.' },
)

/** The merchant's own values; on a payment of a session also the session's id. */
const MetadataReply = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
  description: "Your own values, and the session's id.",
})

export const Balances = Type.Object(
  {
    total_authorized: whole('Held on the account. Minor units.'),
    total_voided: whole('Released. Minor units.'),
    available_to_void: whole('Can still be released. Minor units.'),
    total_captured: whole('Taken. Minor units.'),
    available_to_capture: whole('Can still be taken. Minor units.'),
    total_refunded: whole('Given back. Minor units.'),
    available_to_refund: whole('Can still be given back. Minor units.'),
  },
  { description: 'What happened, and what may still be asked for.' },
)

const NameInquiry = Type.Object({
  first_name: words('Result for the first name.'),
  middle_name: words('Result for the middle name.'),
  last_name: words('Result for the last name.'),
})

const SourceAccountHolder = asSent(
  Type.Object(
    {
      ...AccountHolder.properties,
      account_name_inquiry: maybe(
        Type.Union([Type.Boolean(), Type.String()], { description: 'Whether the name belongs to the account.' }),
      ),
      account_name_inquiry_details: maybe(NameInquiry),
    },
    { description: 'Who the card or account belongs to.' },
  ),
)

/** What paid: never a number, never a security code. */
const Source = Type.Object(
  {
    id: words('The stored instrument, `src_…`.'),
    type: Type.String({ description: 'Payment method; `card` also for tokens.' }),
    billing_address: maybe(asSent(Address)),
    phone: maybe(asSent(Phone)),
    expiry_month: maybe(whole('1 to 12.')),
    expiry_year: maybe(whole('Four digits.')),
    name: words("Cardholder's name."),
    scheme: words('Card scheme, such as `VISA`.'),
    scheme_local: words('Co-badged local scheme.'),
    local_schemes: maybe(Type.Array(Type.String(), { description: 'Co-badged local schemes.' })),
    last4: words('Last four digits.'),
    fingerprint: words('The same for the same card.'),
    bin: words('First six or eight digits.'),
    card_type: words('`CREDIT`, `DEBIT`, `PREPAID`, `CHARGE` or `DEFERRED DEBIT`.'),
    card_category: words('`CONSUMER` or `COMMERCIAL`.'),
    card_wallet_type: words('`googlepay` or `applepay`.'),
    issuer: words('Issuing bank.'),
    issuer_country: words('Country of the issuing bank.'),
    product_id: words('Code of the card product.'),
    product_type: words('Name of the card product.'),
    avs_check: words('Result of the address check.'),
    cvv_check: words('Result of the security-code check.'),
    payment_account_reference: words('Payment account reference.'),
    account_update_status: words('What the account updater found.'),
    encrypted_card_number: words('Card number, encrypted for the merchant.'),
    account_holder: maybe(SourceAccountHolder),
    mandate: maybe(
      Type.Object(
        {
          id: Type.String(),
          type: words('`core`'),
          date_of_signature: words('`yyyy-mm-dd`, when the shopper agreed.'),
        },
        { description: 'What the shopper agreed to: the account may be debited.' },
      ),
    ),
  },
  { description: 'What paid.' },
)

const ThreeDsReply = Type.Object(
  {
    downgraded: yes('Done without 3D Secure because of `attempt_n3d`.'),
    enrolled: words('`Y`, `N` or `U`.'),
    upgrade_reason: words('Why 3D Secure was added.'),
    signature_valid: words('Whether the signature was valid.'),
    authentication_response: words('`Y`, `N`, `A`, `U`, `R` or `C`.'),
    authentication_status_reason: words('Two digits.'),
    cryptogram: words('Authentication value, base64.'),
    xid: words("The directory server's transaction id."),
    version: words('Protocol version.'),
    exemption: words('Exemption asked for.'),
    exemption_applied: words('Exemption applied.'),
    challenged: yes('The shopper was challenged.'),
    eci: words('Electronic commerce indicator.'),
    trusted_listing: maybe(Type.Object({ status: words('Status.'), source: words('Who says so.') })),
  },
  { description: 'Result of the authentication.' },
)

const answered = Object.fromEntries(
  [
    'retrieval_reference_number',
    'acquirer_transaction_id',
    'acquirer_reference_number',
    'acquirer_name',
    'acquirer_country_code',
    'merchant_category_code',
    'scheme',
    'scheme_merchant_id',
    'recommendation_code',
    'partner_merchant_advice_code',
    'partner_response_code',
    'partner_order_id',
    'partner_payment_id',
    'partner_session_id',
    'partner_client_token',
    'partner_status',
    'partner_transaction_id',
    'partner_error_message',
    'partner_authorization_code',
    'partner_authorization_response_code',
    'partner_fraud_status',
    'failure_code',
    'continuation_payload',
    'pun',
    'pan_type_processed',
    'bizum_payment_id',
  ].map((name) => [name, Type.Optional(Type.String())]),
)

/** What the processor said beside yes or no, and the request's own `processing`. */
export const ProcessingReply = asSent(
  Type.Object(
    {
      ...Processing.properties,
      ...answered,
      partner_error_codes: maybe(Type.Array(Type.String())),
      cko_network_token_available: yes('A network token was available.'),
      fallback_source_used: yes('The fallback source was used.'),
    },
    { description: 'What the processor said, and what it was told.' },
  ),
)

export const CustomerReply = Type.Object(
  {
    id: words('`cus_…`'),
    email: words('E-mail address.'),
    name: words('Name.'),
    phone: maybe(asSent(Phone)),
    tax_number: words('Value-added tax number.'),
    summary: maybe(asSent(members.customer.properties.summary)),
    default: yes('The instrument is the default.'),
  },
  { description: 'The shopper.' },
)

const RetryReply = Type.Object(
  {
    enabled: yes('Retries are on.'),
    max_attempts: maybe(whole('Most retries.')),
    ends_on: maybe(moment('End of the retries.')),
    next_attempt_on: maybe(moment('Next retry.')),
  },
  { description: 'Scheduled retries.' },
)

export const PaymentReply = Type.Object(
  {
    id: Type.String({ description: '`pay_…`' }),
    requested_on: moment('When the attempt began.'),
    processed_on: maybe(moment('When the processor answered.')),
    authentication_id: words('The authentication or redirect, `sid_…`.'),
    processing_channel_id: words('`pc_…`'),
    source: maybe(Source),
    sender: maybe(asSent(Sender)),
    recipient: maybe(asSent(Recipient)),
    instruction: maybe(asSent(Instruction)),
    shipping: maybe(asSent(Shipping)),
    billing_descriptor: maybe(asSent(BillingDescriptor)),
    payment_plan: maybe(asSent(PaymentPlan)),
    amount_allocations: maybe(asSent(AmountAllocations)),
    items: maybe(asSent(Items)),
    amount: whole('Amount approved, or asked for while that is open. Minor units.'),
    amount_requested: maybe(whole('Amount asked for, when less was approved. Minor units.')),
    currency: Type.String({ description: 'ISO 4217.' }),
    payment_type: maybe(Type.String({ description: 'Kind of payment.' })),
    reference: words('Your own reference.'),
    description: words('What is paid for.'),
    display_name: words('Name of the merchant the shopper sees.'),
    approved: Type.Boolean({ description: 'The payment was successful.' }),
    expires_on: maybe(moment('End of the authorization.')),
    status: Type.String({ description: '`Authorized`, `Captured`, `Declined` …' }),
    decline_reason: words('Why it was declined.'),
    response_code: words('Response code of the authorization.'),
    response_summary: words('What the response code means.'),
    capture: yes('Captured automatically.'),
    capture_on: maybe(moment('When it is captured.')),
    authorization_type: words('`Final` or `Estimated`.'),
    locale: words('Language of texts and pages.'),
    warnings: maybe(
      Type.Array(Type.String(), { description: 'Things that were accepted and may not be what was meant.' }),
    ),
    balances: maybe(Balances),
    '3ds': maybe(ThreeDsReply),
    authentication: maybe(Type.Object({ experience: words('`google_spa` or `3ds`.') })),
    risk: maybe(
      Type.Object(
        { flagged: Type.Boolean(), score: Type.Optional(Type.Integer()) },
        { description: 'Result of the risk assessment.' },
      ),
    ),
    customer: maybe(CustomerReply),
    billing: maybe(asSent(members.billing)),
    payment_ip: words("The shopper's address."),
    processing: maybe(ProcessingReply),
    metadata: maybe(MetadataReply),
    eci: words('Electronic commerce indicator.'),
    scheme_id: words("The scheme's transaction id."),
    retry: maybe(RetryReply),
    pan_type_processed: words('`fpan` or `dpan`.'),
    cko_network_token_available: yes('A network token was available.'),
    actions: maybe(
      Type.Array(
        Type.Object({
          id: Type.String(),
          type: Type.String(),
          response_code: words('Response code.'),
          response_summary: words('What the response code means.'),
        }),
        { description: 'What happened; only when the payment was fetched by a `sid_`.' },
      ),
    ),
    _links: Type.Object(
      {
        self: Link,
        actions: Link,
        redirect: maybe(Link),
        authorize: maybe(Link),
        void: maybe(Link),
        capture: maybe(Link),
        refund: maybe(Link),
      },
      { description: 'What can be done next.' },
    ),
  },
  { description: 'A payment.' },
)
export type PaymentReply = Static<typeof PaymentReply>

export const PaymentActionsReply = Type.Array(
  Type.Object({
    id: Type.String({ description: '`act_…`' }),
    type: Type.String({ description: '`Authorization`, `Card Verification`, `Capture`, `Void`, `Refund` …' }),
    processed_on: moment('When it was done.'),
    amount: whole('Minor units.'),
    approved: yes('It was done.'),
    auth_code: words('Authorization code.'),
    response_code: Type.String({ description: '`10000` is yes.' }),
    response_summary: words('What the response code means.'),
    authorization_type: words('`Final`, `Estimated` or `Incremental`.'),
    reference: words('Reference of the action.'),
    amount_allocations: maybe(asSent(AmountAllocations)),
    processing: maybe(ProcessingReply),
    metadata: maybe(MetadataReply),
  }),
  { description: 'What happened to a payment, latest first.' },
)
export type PaymentActionsReply = Static<typeof PaymentActionsReply>
