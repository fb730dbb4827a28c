/** What is bought, and how the amount is shared between sub-entities. */
import { Type } from 'typebox'
import { count, country, dayOrTime, decimal, list, money, oneOf, opaque, signedMoney, text, webUrl } from './values.ts'

const Item = Type.Object(
  {
    type: Type.Optional(oneOf(['digital', 'discount', 'physical'], 'Kind of line.')),
    sub_type: Type.Optional(
      oneOf(['blockchain', 'cbdc', 'cryptocurrency', 'nft', 'stablecoin'], 'Kind of digital goods.'),
    ),
    name: Type.Optional(text({ maxLength: 255, description: 'Name of the product.' })),
    quantity: Type.Optional(count('How many.', { minimum: 1 })),
    unit_price: Type.Optional(money('Price of one.')),
    reference: Type.Optional(opaque({ maxLength: 255, description: 'Your product code, such as an EAN.' })),
    commodity_code: Type.Optional(text({ maxLength: 12, description: 'Commodity code (level 3 data).' })),
    unit_of_measure: Type.Optional(
      text({ maxLength: 12, description: 'Unit the quantity is counted in (level 3 data).' }),
    ),
    total_amount: Type.Optional(signedMoney('Total of the line: quantity times unit price, less the discount.')),
    tax_rate: Type.Optional(count('Tax rate in hundredths of a percent: 2000 is 20 %.')),
    tax_amount: Type.Optional(signedMoney('Tax of the line.')),
    discount_amount: Type.Optional(signedMoney('Discount of the line.')),
    wxpay_goods_id: Type.Optional(opaque({ maxLength: 32, description: 'Product id of WeChat Pay.' })),
    image_url: Type.Optional(webUrl('Picture of the product.')),
    url: Type.Optional(webUrl('Page of the product.')),
    sku: Type.Optional(opaque({ description: 'Stock keeping unit.' })),
    service_ends_on: Type.Optional(dayOrTime('Last day of a service that is bought.')),
    purchase_country: Type.Optional(country('Country of purchase.')),
    foreign_retailer_amount: Type.Optional(money('Share of a foreign retailer.')),
    price: Type.Optional(money('Price of one, under its former name.')),
    description: Type.Optional(text({ description: 'Description of the product.' })),
    shipping_cost: Type.Optional(money('Cost of shipping the line.')),
    shipping_tracking_url: Type.Optional(webUrl('Where the parcel can be followed.')),
  },
  { description: 'One line of the order.' },
)

export const Items = list(Item, 'The lines of the order. The answer calls them `products`.')

const AmountAllocation = Type.Object(
  {
    id: Type.String({ pattern: '^ent_[a-z0-9]{26}$', description: 'The sub-entity.' }),
    amount: money("The sub-entity's share."),
    reference: Type.Optional(text({ maxLength: 50, description: 'Your own reference for the share.' })),
    commission: Type.Optional(
      Type.Object(
        {
          amount: Type.Optional(money('Fixed commission.')),
          percentage: Type.Optional(decimal('Commission in percent of the share.', { minimum: 0, maximum: 100 })),
        },
        { description: "The platform's part of the share." },
      ),
    ),
  },
  { description: "One sub-entity's share." },
)

export const AmountAllocations = list(AmountAllocation, 'Shares of sub-entities; their sum is the amount.', {
  minItems: 1,
  maxItems: 50,
})
