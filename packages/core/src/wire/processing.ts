/** What only some schemes, acquirers or payment methods read. All of it travels to the processor as it was given. */
import { Type } from 'typebox'
import { AccommodationData, AirlineData } from './travel.ts'
import { count, country, flag, list, money, oneOf, opaque, patterned, text, webUrl } from './values.ts'

const stringMap = (description: string) =>
  Type.Record(Type.String({ format: 'metadata-key' }), text({ maxLength: 255, description: 'A value.' }), {
    maxProperties: 50,
    description,
  })

const ShippingInfo = Type.Object(
  {
    shipping_company: Type.Optional(text({ description: 'Carrier.' })),
    shipping_method: Type.Optional(text({ description: 'How it is sent.' })),
    tracking_number: Type.Optional(opaque({ description: 'Tracking number.' })),
    tracking_uri: Type.Optional(webUrl('Where the parcel can be followed.')),
    return_shipping_company: Type.Optional(text({ description: 'Carrier of the return.' })),
    return_tracking_number: Type.Optional(opaque({ description: 'Tracking number of the return.' })),
    return_tracking_uri: Type.Optional(webUrl('Where the return can be followed.')),
  },
  { description: 'A parcel.' },
)

const Aggregator = Type.Object(
  {
    sub_merchant_id: Type.Optional(text({ description: 'The merchant behind the aggregator.' })),
    aggregator_id_visa: Type.Optional(text({ description: "The aggregator's id at Visa." })),
    aggregator_id_mc: Type.Optional(text({ description: "The aggregator's id at Mastercard." })),
  },
  { description: 'Payment facilitator.' },
)

const Dlocal = Type.Object(
  {
    country: Type.Optional(country('Country of the payer.')),
    payer: Type.Optional(
      Type.Object(
        {
          document: Type.Optional(text({ description: 'Document number.' })),
          name: Type.Optional(text({ description: 'Name.' })),
          email: Type.Optional(text({ description: 'E-mail address.' })),
        },
        { description: 'Who pays.' },
      ),
    ),
    installments: Type.Optional(
      Type.Object(
        {
          count: Type.Optional(
            Type.Union([text({ description: 'As text.' }), count('As a number.')], { description: 'How many.' }),
          ),
        },
        { description: 'Instalments.' },
      ),
    ),
  },
  { description: 'Settings of dLocal, of the previous platform.' },
)

const SenderInformation = Type.Object(
  {
    reference: Type.Optional(text({ description: 'Reference.' })),
    firstName: Type.Optional(text({ description: 'First name.' })),
    lastName: Type.Optional(text({ description: 'Last name.' })),
    dob: Type.Optional(text({ description: 'Date of birth.' })),
    address: Type.Optional(text({ description: 'Street address.' })),
    city: Type.Optional(text({ description: 'City.' })),
    state: Type.Optional(text({ description: 'State or region.' })),
    country: Type.Optional(text({ description: 'Country.' })),
    postalCode: Type.Optional(text({ description: 'Postal code.' })),
    sourceOfFunds: Type.Optional(text({ description: 'Where the money is from.' })),
  },
  { description: 'The sender of funds, in the form of the previous platform.' },
)

export const Processing = Type.Object(
  {
    order_id: Type.Optional(text({ maxLength: 15, description: 'Purchase order (level 2 data).' })),
    tax_amount: Type.Optional(money('Tax.')),
    discount_amount: Type.Optional(money('Discount.')),
    duty_amount: Type.Optional(money('Duty.')),
    shipping_amount: Type.Optional(money('Shipping.')),
    shipping_tax_amount: Type.Optional(money('Tax on shipping.')),
    surcharge_amount: Type.Optional(money('Surcharge.')),
    aft: Type.Optional(flag('Account funding transaction.')),
    preferred_scheme: Type.Optional(
      oneOf(['visa', 'mastercard', 'cartes_bancaires'], 'Scheme to use for a co-badged card.'),
    ),
    merchant_initiated_reason: Type.Optional(
      oneOf(['Delayed_charge', 'Resubmission', 'No_show', 'Reauthorization'], 'Why the merchant starts the payment.'),
    ),
    campaign_id: Type.Optional(count('Afterpay campaign.')),
    product_type: Type.Optional(
      oneOf(
        [
          'QR Code',
          'In-App',
          'Official Account',
          'Mini Program',
          'pay_in_full',
          'pay_by_instalment',
          'pay_by_instalment_2',
          'pay_by_instalment_3',
          'pay_by_instalment_4',
          'pay_by_instalment_6',
          'invoice',
          'pay_later',
          'digital',
          'physical',
        ],
        'Product of WeChat Pay, Tamara or SeQura.',
      ),
    ),
    open_id: Type.Optional(text({ description: 'WeChat user, for official accounts and mini programs.' })),
    original_order_amount: Type.Optional(money('Amount of the whole order when it is split.')),
    receipt_id: Type.Optional(text({ maxLength: 32, description: 'Receipt number.' })),
    terminal_type: Type.Optional(
      oneOf(['APP', 'WAP', 'WEB'], 'Where the shopper is, for Alipay+ wallets. Default: `WEB`.'),
    ),
    os_type: Type.Optional(
      oneOf(['ANDROID', 'IOS'], 'Operating system, required when `terminal_type` is given and not `WEB`.'),
    ),
    invoice_id: Type.Optional(text({ maxLength: 127, description: 'PayPal invoice.' })),
    brand_name: Type.Optional(text({ maxLength: 127, description: 'Name PayPal shows.' })),
    locale: Type.Optional(
      Type.String({
        pattern: '^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}))?$',
        minLength: 2,
        maxLength: 10,
        description: "Language of the partner's pages.",
      }),
    ),
    shipping_preference: Type.Optional(
      oneOf(
        [
          'NO_SHIPPING',
          'SET_PROVIDED_ADDRESS',
          'GET_FROM_FILE',
          'no_shipping',
          'set_provided_address',
          'get_from_file',
        ],
        'Which address PayPal shows.',
      ),
    ),
    user_action: Type.Optional(oneOf(['PAY_NOW', 'CONTINUE', 'pay_now', 'continue'], 'What the PayPal button says.')),
    set_transaction_context: Type.Optional(list(stringMap('Names and values.'), 'Context of the payment for PayPal.')),
    partner_customer_risk_data: Type.Optional(
      list(
        Type.Object(
          {
            key: Type.Optional(text({ description: 'Name.' })),
            value: Type.Optional(text({ description: 'Value.' })),
          },
          { description: 'A fact.' },
        ),
        'Risk data for PayPal.',
      ),
    ),
    custom_payment_method_ids: Type.Optional(list(text({ description: 'An id.' }), 'Klarna promotions.')),
    airline_data: Type.Optional(AirlineData),
    accommodation_data: Type.Optional(AccommodationData),
    otp_value: Type.Optional(text({ description: 'One-time password of stc pay.' })),
    purchase_country: Type.Optional(country('Country of purchase.')),
    merchant_callback_url: Type.Optional(webUrl('Address some methods call back.')),
    line_of_business: Type.Optional(text({ description: 'Line of business.' })),
    shipping_delay: Type.Optional(count('Days until the goods are sent.')),
    shipping_info: Type.Optional(list(ShippingInfo, 'Parcels.')),
    provision_network_token: Type.Optional(flag('Ask for a network token. Default: true.')),
    pan_preference: Type.Optional(oneOf(['fpan', 'dpan'], 'Card number or network token.')),
    service_type: Type.Optional(oneOf(['same_day', 'standard'], 'Speed of an ACH debit.')),
    foreign_retailer_amount: Type.Optional(money('Share of a foreign retailer.')),
    reconciliation_id: Type.Optional(text({ description: 'Your reference for reconciliation.' })),
    aggregator: Type.Optional(Aggregator),
    card_type: Type.Optional(oneOf(['credit', 'debit'], 'How to use a combo card.')),
    affiliate_id: Type.Optional(patterned('^[a-zA-Z0-9]{1,15}$', { description: 'Visa ramp provider.' })),
    affiliate_url: Type.Optional(webUrl('Visa ramp provider.')),
    partner_code: Type.Optional(patterned('^[0-9]{6}$', { description: 'BLIK code.' })),
    scheme_transaction_link_id: Type.Optional(text({ description: 'Mastercard link id.' })),
    hub_model_origination_country: Type.Optional(country('Country of origination of the hub model.')),
    dlocal: Type.Optional(Dlocal),
    senderInformation: Type.Optional(SenderInformation),
  },
  { description: 'Data for particular schemes, acquirers and payment methods.' },
)
