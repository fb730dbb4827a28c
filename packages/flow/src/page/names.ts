/** Every name that `create()` knows. Those without a builder in `methods.ts` are refused as not supported. */
export const COMPONENT_NAMES: readonly string[] = (
  'flow card stored_card remember_me card_cvv authentication shipping_address applepay googlepay paypal bacs sepa plaid ' +
  'ideal eps bancontact p24 blik bizum multibanco mbway swish twint mobilepay vipps klarna alma tabby tamara benefit ' +
  'knet qpay stcpay alipay_cn alipay_hk dana gcash kakaopay octopus paynow tng truemoney wechatpay'
).split(' ')
