/** Texts that a shop may replace, by key. Placeholders in braces and marks in angle brackets are part of a text. */

import type { OwnTextKey } from '../common/texts.ts'

/** Every text of the component; those that only ours has are optional. A locale that is not shipped may be added; what it leaves out is English. */
export type Translations = {
  'bacs.account_number.placeholder': string
  'bacs.company_name.label': string
  'bacs.company_name.placeholder': string
  'bacs.customer_support': string
  'bacs.error.modulus': string
  'bacs.error.verification': string
  'bacs.modal.ok': string
  'bacs.name.info_text': string
  'bacs.sort_code.placeholder': string
  'bacs.use_company_name': string
  'bacs.use_personal_name': string
  bank_account: string
  'button.cancel': string
  'button.change': string
  'button.continue': string
  'button.loading': string
  card: string
  'card.card_holder_name': string
  'card.card_number': string
  'card.card_number.invalid': string
  'card.card_number.not_supported': string
  'card.expiry_date': string
  'card.expiry_date.invalid': string
  'card.expiry_date.placeholder.month': string
  'card.expiry_date.placeholder.year': string
  'card.preferred_scheme.cta': string
  'card.preferred_scheme.description': string
  'card.security_code': string
  'card.security_code.invalid': string
  'card.security_code.placeholder': string
  'card.store_for_future_use.collect_consent': string
  'customer.phone_number.not_registered': string
  'form.edit': string
  'form.email': string
  'form.email.invalid': string
  'form.email.placeholder': string
  'form.full_name': string
  'form.full_name.placeholder': string
  'form.greater_than': string
  'form.holder_first_name': string
  'form.holder_first_name.placeholder': string
  'form.holder_last_name': string
  'form.holder_last_name.placeholder': string
  'form.less_than': string
  'form.national_id': string
  'form.national_id.invalid': string
  'form.national_id.placeholder': string
  'form.phone_country_code': string
  'form.phone_number': string
  'form.phone_number.cta': string
  'form.phone_number.invalid': string
  'form.required': string
  'klarna.show_options': string
  'otp.code': string
  'otp.code.description': string
  'otp.code.description.email': string
  'otp.code.description.phone': string
  'otp.code.description.whatsapp': string
  'otp.code.email': string
  'otp.code.error': string
  'otp.code.expired': string
  'otp.code.length': string
  'otp.code.phone': string
  'otp.code.send': string
  'otp.failed': string
  'otp.max_resends': string
  'otp.max_retries': string
  'otp.resend.countdown': string
  'otp.resend.cta': string
  'otp.resend.description': string
  'otp.resend.email': string
  'otp.resend.phone': string
  'otp.send.phone': string
  'otp.sms.sending': string
  'pay_button.confirm': string
  'pay_button.confirming': string
  'pay_button.pay': string
  'pay_button.pay_with': string
  'pay_button.payment_complete': string
  'pay_button.payment_processing': string
  'pay_button.redirect_cta': string
  'payment.approval': string
  'payment.approval.cancel_cta': string
  'payment.approval.confirm_cta': string
  'payment.declined.card_not_supported': string
  'payment.declined.invalid_customer_data': string
  'payment.declined.invalid_payment_session_data': string
  'payment.declined.merchant_misconfiguration': string
  'payment.declined.not_enough_funds': string
  'payment.declined.payment_cancelled': string
  'payment.declined.payment_expired': string
  'payment.declined.try_again': string
  'payment.successful': string
  'payment_context.error': string
  'sepa.creditor': string
  'sepa.creditor_id': string
  'sepa.iban': string
  'sepa.iban.invalid': string
  'sepa.iban.placeholder': string
  stored_card: string
  'stored_card.card': string
  'stored_card.other_payment_methods': string
  'tag.default': string
  'tag.expired': string
} & Partial<Record<OwnTextKey | RetiredTextKey, string>>

/** Texts of earlier releases. Accepted, so that an old shop still compiles, and not shown anywhere. */
export type RetiredTextKey =
  | 'bancontact.holder_name'
  | 'form.invalid_email'
  | 'ideal.bank'
  | 'multibanco.holder_name'
  | 'otp.send.email'
  | 'p24.holder_email'
  | 'p24.holder_name'
  | 'pay_button.payment_failed'
  | 'pc.bancontact.holder_name'
  | 'pc.card'
  | 'pc.card.card_holder_name'
  | 'pc.card.card_number'
  | 'pc.card.card_number.invalid'
  | 'pc.card.expiry_date'
  | 'pc.card.expiry_date.description'
  | 'pc.card.expiry_date.invalid'
  | 'pc.card.preferred_scheme.cta'
  | 'pc.card.preferred_scheme.description'
  | 'pc.card.security_code'
  | 'pc.card.security_code.description'
  | 'pc.card.security_code.invalid'
  | 'pc.ideal.select_label'
  | 'pc.multibanco.holder_name'
  | 'pc.p24.holder_email'
  | 'pc.p24.holder_name'
  | 'pc.payments.redirect_cta'

/** By BCP 47 tag, for example `{ 'en-GB': { 'pay_button.pay': 'Pay now' } }`. */
export type CustomTranslations = {
  [locale: string]: Partial<Translations>
}
