/** What may be recorded of a message and its answer: `processor_calls` keeps it, support staff read it. */
import { maskCardNumbers } from '@sluice/core/cards'
import type { Message, Reply } from '../processors/exchange.ts'
import type { CardRef } from './card-ref.ts'
import { findSecrets } from './card-secrets.ts'

const REDACTED = '[redacted]'
const MASKED_NUMBER = '[card number]'
const SECRET_HEADERS = /authorization|cookie|api-?key|secret|signature|token/i
const CVV_MEMBERS = /^(cvv2?|cvc2?|cid|csc|card_?(cvv|cvc|code)|security_?code)$/i
/** What a shopper's bank or app knows him by, and what he was sent to prove that it is he. */
const PERSONAL_MEMBERS = /^(iban|bank_account_number|otp|blik_code|national_id|cryptogram|authenticationValue)$/
/** Whoever knows where the result of an authentication is told, or where its challenge ends, could tell one or end it. */
const ADDRESS_MEMBERS = /^(threeDSServerURL|notificationURL)$/
const PLACEHOLDER = /^\{\{card\.[a-z_]+\}\}$/

const cardsOfReplies = new WeakMap<Reply, CardRef>()

/** The card that went out with the message this is the answer to: its number is masked however it is spelled. */
export function rememberCardOf(reply: Reply, card: CardRef): void {
  cardsOfReplies.set(reply, card)
}

/** The message as the connector wrote it: placeholders stand for the card. */
export function maskMessage(message: Message): Message {
  return { ...message, headers: maskHeaders(message.headers), body: maskValue(message.body, undefined) }
}

/**
 * The answer without card data a processor may have echoed: what looks like a card number, the number that was sent, and
 * every member named like a CVV.
 */
export function maskReply(reply: Reply): Reply {
  const card = cardsOfReplies.get(reply)
  const number = card && findSecrets(card)?.number.reveal().toString('utf8')
  return { ...reply, headers: maskHeaders(reply.headers), body: maskValue(reply.body, number) }
}

function maskHeaders(headers: Record<string, string>): Record<string, string> {
  const masked = Object.entries(headers).map(([name, value]) => [name, maskHeader(name, value)])
  return Object.fromEntries(masked)
}

function maskHeader(name: string, value: string): string {
  return SECRET_HEADERS.test(name) ? REDACTED : maskCardNumbers(value)
}

/** An answer may be nested as deeply as its sender likes; nobody reads further than this. */
const DEEPEST = 40

function maskValue(value: unknown, number: string | undefined, depth = 0): unknown {
  if (depth > DEEPEST) return '[too deep]'
  if (typeof value === 'string') return maskText(value, number)
  if (typeof value === 'number') return maskNumber(value, number)
  if (Array.isArray(value)) return value.map((item) => maskValue(item, number, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      maskText(name, number),
      maskMember(name, member, number, depth + 1),
    ]),
  )
}

function maskMember(name: string, value: unknown, number: string | undefined, depth: number): unknown {
  const isSecret = CVV_MEMBERS.test(name) || PERSONAL_MEMBERS.test(name) || ADDRESS_MEMBERS.test(name)
  const isWritten = isSecret && (typeof value === 'string' || typeof value === 'number')
  return isWritten && !PLACEHOLDER.test(String(value)) ? REDACTED : maskValue(value, number, depth)
}

function maskNumber(value: number, number: string | undefined): unknown {
  const text = String(value)
  return maskText(text, number) === text ? value : MASKED_NUMBER
}

/** UnionPay numbers need not pass the Luhn check, so the number of this very call is looked for by itself. */
function maskText(text: string, number: string | undefined): string {
  const masked = maskCardNumbers(text)
  return number === undefined ? masked : masked.replaceAll(number, MASKED_NUMBER)
}
