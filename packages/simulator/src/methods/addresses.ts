/** Where a payment that is paid outside the shop has its page. Nobody can guess the address from the payment's id. */
import { createHmac } from 'node:crypto'
import type { Simulator } from '../app.ts'
import type { Payment } from '../books.ts'
import { kindOfMethod } from '../issuer/methods.ts'
import type { Answer } from '../wire.ts'

/** Its page is no page the shopper was sent to. */
export function isPaidOutside(method: string): boolean {
  const kind = kindOfMethod(method)
  return kind !== undefined && kind !== 'card' && kind !== 'redirect'
}

/** 128 bits that nobody can guess from an id, as of the page a shopper is sent to; of neither follows the other. */
export function tillToken(bank: Pick<Simulator, 'secret'>, merchant: string, key: string): string {
  const mac = createHmac('sha256', bank.secret).update(`till\n${merchant}\n${key}`).digest()
  return mac.subarray(0, 16).toString('base64url')
}

export function pagePathOf(payment: Payment): string | undefined {
  if (payment.page_token === null) return undefined
  return `/${isPaidOutside(payment.method) ? 'till' : 'pay'}/${payment.page_token}`
}

export function pageUrlOf(bank: Pick<Simulator, 'url'>, payment: Payment): string | undefined {
  const path = pagePathOf(payment)
  return path && bank.url() + path
}

/** Marks the page of a payment whose shopper was sent there, instead of to a window beside the shop: he has to come back. */
export const COMES_BACK = 'back'

/** A code to scan, and a window of the partner's, lead to the payment's page. */
export function withPage(bank: Pick<Simulator, 'url'>, payment: Payment, answer: Answer): object {
  const step = answer.outcome === 'pending' ? answer.next_step : undefined
  const url = pageUrlOf(bank, payment)
  if (step?.type === 'approve_in_window' && url !== undefined) {
    return { next_step: { ...step, url, redirect_url: `${url}?${COMES_BACK}` } }
  }
  if (step?.type !== 'scan_code') return {}
  return { next_step: { ...step, data: url ?? step.data } }
}
