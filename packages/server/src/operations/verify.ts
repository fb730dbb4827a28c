/** `sluice verify`: every money invariant, on any database, and our books against the bank's. */
import { wireId } from '@sluice/core/ids'
import type { Context } from '../context.ts'
import { paymentOfKey } from './processor-request.ts'
import { type BookedPayment, type Breach, findBreaches, readBookedPayments, readEntities } from '../store/invariants.ts'

export interface Verification {
  entities: number
  payments: number
  /** Movements of money on the bank's books that were compared. */
  movements: number
  breaches: readonly (Breach & { entity: string })[]
  /** What could not be compared, and why. */
  unchecked: readonly string[]
}

const PAGE = 5_000
const BANK_PAGE = 10_000
/** A line is a few hundred bytes. */
const BANK_PAGE_BYTES = BANK_PAGE * 4_096
const BANK_DEADLINE_MS = 30_000
const FIRST_UUID = '00000000-0000-0000-0000-000000000000'

/** What is needed to look: no keys, for nothing is opened. */
export type VerifyContext = Pick<Context, 'exchange'> & {
  store: Pick<Context['store'], 'db'>
  config: Pick<Context['config'], 'urls'>
}

/** Reads only. A payment that is still under way may differ from the bank's books: it is compared when it is decided. */
export async function verify(ctx: VerifyContext): Promise<Verification> {
  const breaches: (Breach & { entity: string })[] = []
  const unchecked: string[] = []
  let payments = 0
  let movements = 0
  const entities = await readEntities(ctx.store.db)
  for (const { entityKey, id } of entities) {
    const entity = wireId('entity', id)
    for (const breach of await findBreaches(ctx.store.db, entityKey)) breaches.push({ entity, ...breach })
    const ours = await paymentsOf(ctx, entityKey)
    payments += ours.length
    const bank = await bankBooks(ctx, entity)
    if (!bank && ours.length === 0) continue
    if (!bank) {
      unchecked.push(`${entity}: the bank's ledger at ${ctx.config.urls.simulator} cannot be read`)
      continue
    }
    movements += bank.length
    for (const breach of compare(ours, bank)) breaches.push({ entity, ...breach })
  }
  return { entities: entities.length, payments, movements, breaches, unchecked }
}

async function paymentsOf(ctx: VerifyContext, entityKey: number): Promise<BookedPayment[]> {
  const all: BookedPayment[] = []
  for (let after = FIRST_UUID; ; ) {
    const page = await readBookedPayments(ctx.store.db, entityKey, 'simulator', after, PAGE)
    all.push(...page)
    if (page.length < PAGE) return all
    after = (page.at(-1) as BookedPayment).id
  }
}

/** One line of the bank's own record. `of` is our key of the payment, `pay_…`. */
interface Movement {
  seq: string
  of: string
  kind:
    | 'authorization'
    | 'card_verification'
    | 'capture'
    | 'void'
    | 'refund'
    | 'refund_failed'
    | 'reversal'
    | 'increment'
    | 'return'
    | 'chargeback'
    | 'chargeback_won'
  amount: number
  currency: string
}

async function bankBooks(ctx: VerifyContext, entity: string): Promise<Movement[] | undefined> {
  const all: Movement[] = []
  for (let after = '0'; ; ) {
    const url = `${ctx.config.urls.simulator}/ledger?${new URLSearchParams({ merchant: entity, after })}`
    const signal = AbortSignal.timeout(BANK_DEADLINE_MS)
    const message = { method: 'GET' as const, url, headers: {}, maxAnswerBytes: BANK_PAGE_BYTES }
    const reply = await ctx.exchange(message, undefined, signal).catch(() => undefined)
    if (reply?.status !== 200) return undefined
    const page = reply.body as Movement[]
    all.push(...page)
    if (page.length < BANK_PAGE) return all
    after = (page.at(-1) as Movement).seq
  }
}

interface BankTotals {
  authorizations: number
  authorized: number
  captured: number
  voided: number
  refunded: number
  reversed: number
  returned: number
  chargedBack: number
}

/** Orphans (money without a payment), phantoms (a payment without money) and sums that differ. */
function compare(ours: readonly BookedPayment[], bank: readonly Movement[]): Breach[] {
  const totals = totalsByPayment(bank)
  const breaches: Breach[] = []
  for (const payment of ours) {
    const at = totals.get(payment.id) ?? NOTHING
    totals.delete(payment.id)
    const held = at.authorized - at.reversed
    if (at.authorizations - (at.reversed > 0 ? 1 : 0) > 1) {
      breaches.push({ rule: 'bank_charged_once', subject: payment.id, detail: `${at.authorizations} authorizations` })
    }
    if (!payment.decided) continue
    // A method whose money moves with the approval: undone as a whole, it was never captured.
    const undone = at.reversed > 0 && held === 0
    const same =
      held === payment.authorized &&
      (undone ? 0 : at.captured) === payment.captured &&
      at.voided === payment.voided &&
      at.refunded === payment.refunded &&
      at.returned === payment.returned &&
      at.chargedBack === payment.chargedBack
    if (!same) {
      breaches.push({
        rule: 'bank_agrees',
        subject: payment.id,
        detail: `${payment.phase}: ours ${payment.authorized}/${payment.captured}, the bank's ${held}/${at.captured} (authorized/captured)`,
      })
    }
  }
  for (const [subject, { authorized }] of totals) {
    breaches.push({ rule: 'no_orphans', subject, detail: `the bank holds ${authorized} for a payment we do not have` })
  }
  return breaches
}

const NOTHING: BankTotals = {
  authorizations: 0,
  authorized: 0,
  captured: 0,
  voided: 0,
  refunded: 0,
  reversed: 0,
  returned: 0,
  chargedBack: 0,
}

function totalsByPayment(bank: readonly Movement[]): Map<string, BankTotals> {
  const totals = new Map<string, BankTotals>()
  for (const { of, kind, amount } of bank) {
    const payment = paymentOfKey(of) ?? of
    const sum = totals.get(payment) ?? { ...NOTHING }
    totals.set(payment, sum)
    if (kind === 'authorization') {
      sum.authorizations += 1
      sum.authorized += amount
    }
    if (kind === 'capture') sum.captured += amount
    if (kind === 'void') sum.voided += amount
    if (kind === 'refund') sum.refunded += amount
    if (kind === 'refund_failed') sum.refunded -= amount
    if (kind === 'reversal') sum.reversed += amount
    if (kind === 'increment') sum.authorized += amount
    if (kind === 'return') sum.returned += amount
    if (kind === 'chargeback') sum.chargedBack += amount
    if (kind === 'chargeback_won') sum.chargedBack -= amount
  }
  return totals
}
