/** Where a merchant reads his statement: it shows addresses of pages and what is known of shoppers, so nobody can guess it. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Simulator } from '../app.ts'

/** 128 bits that nobody can guess, and that need no store. */
export function statementToken({ secret }: Pick<Simulator, 'secret'>, merchant: string): string {
  const mac = createHmac('sha256', secret).update(`statement\n${merchant}`).digest()
  return mac.subarray(0, 16).toString('base64url')
}

export function isStatementToken(bank: Pick<Simulator, 'secret'>, merchant: string, token: string): boolean {
  const [right, given] = [statementToken(bank, merchant), token].map((text) => Buffer.from(text))
  return right !== undefined && given !== undefined && right.length === given.length && timingSafeEqual(right, given)
}
