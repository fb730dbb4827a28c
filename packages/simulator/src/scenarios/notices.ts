/**
 * Notifications that a scenario asks for: at once, late, in many copies, or in the wrong order. Late is real time, because
 * the bank has no clock; who moves a merchant's clock has told first whatever is still to be told.
 */
import type { Simulator } from '../app.ts'
import type { Payment } from '../books.ts'
import { tellMerchant } from '../control.ts'
import type { Notice } from './engine.ts'

/** One that waits for the next about its payment, so as to come after it, waits no longer. */
const LONGEST_REVERSAL_MS = 1_000

/** What is told of a payment, and by which message it came about. */
export interface News {
  payment: Payment
  type: string
  body: Record<string, unknown>
  event: string
}

export interface Notices {
  /**
   * Resolves when the merchant has answered; at once where it is told later.
   * @param find what is told; nothing where there is nothing to tell
   */
  tell(merchant: string, find: () => Promise<News | undefined>, notice: Notice): Promise<void>
  /** Tells a merchant at once what would be late. @returns how much it was told since it was last asked */
  flush(merchant: string): Promise<number>
  /** What has not been told yet never will be. */
  close(): void
}

/** Of one merchant. */
interface Desk {
  /** Being told at this moment. */
  underWay: Set<Promise<unknown>>
  /** To be told later, in the order in which it came about. */
  waiting: Set<{ tellNow: () => void; callOff: () => void }>
  /** Waits for the next about its payment, by the payment's key. */
  withheld: Map<string, () => Promise<unknown>>
  told: number
}

export function openNotices(bank: Pick<Simulator, 'secret' | 'startTimer'>): Notices {
  const desks = new Map<string, Desk>()

  const deskOf = (merchant: string): Desk => {
    let desk = desks.get(merchant)
    if (!desk) {
      desk = { underWay: new Set(), waiting: new Set(), withheld: new Map(), told: 0 }
      desks.set(merchant, desk)
    }
    return desk
  }

  const watch = <Result>(desk: Desk, work: Promise<Result>): Promise<Result> => {
    desk.underWay.add(work)
    void Promise.allSettled([work]).then(() => desk.underWay.delete(work))
    return work
  }

  const later = (desk: Desk, ms: number, act: () => Promise<unknown>) => {
    const one = {
      tellNow: () => {
        one.callOff()
        desk.waiting.delete(one)
        void watch(desk, act())
      },
      callOff: bank.startTimer(ms, () => one.tellNow()),
    }
    desk.waiting.add(one)
  }

  async function tell(desk: Desk, news: News, { copies, lateMs, reversed }: Notice): Promise<void> {
    const { payment, type, body, event } = news
    const send = async () => {
      desk.told += 1
      await tellMerchant(bank, payment, type, body, copies, event)
    }
    if (!reversed) return lateMs > 0 ? later(desk, lateMs, send) : await send()
    const earlier = desk.withheld.get(payment.key)
    if (earlier) {
      desk.withheld.delete(payment.key)
      await send()
      await earlier()
      return
    }
    desk.withheld.set(payment.key, send)
    later(desk, LONGEST_REVERSAL_MS, async () => {
      if (desk.withheld.get(payment.key) !== send) return
      desk.withheld.delete(payment.key)
      await send()
    })
  }

  return {
    tell(merchant, find, notice) {
      const desk = deskOf(merchant)
      const work = async () => {
        const news = await find()
        if (news && notice.copies > 0) await tell(desk, news, notice)
      }
      return watch(desk, work())
    },

    async flush(merchant) {
      const desk = deskOf(merchant)
      while (desk.underWay.size > 0 || desk.waiting.size > 0) {
        await Promise.allSettled(desk.underWay)
        for (const { tellNow } of desk.waiting) tellNow()
      }
      const { told } = desk
      desks.delete(merchant)
      return told
    },

    close() {
      for (const { waiting } of desks.values()) for (const { callOff } of waiting) callOff()
      desks.clear()
    },
  }
}
