/**
 * What every connector must be able to show, generated from its manifest: a capability it declares is tried, one it
 * denies must be refused before anything is sent. A connector's test brings a rig and calls `conformance`.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  type Authorization,
  type Followup,
  type Inquiry,
  type Manifest,
  type Processor,
  ProcessorError,
} from './processor.ts'

/**
 * What the other side is to do with an authorization. `silence`: books it and never answers. `lost`: books it and the
 * connection breaks. `never_arrived`: the connection breaks before it is booked. `unknown_code`: books it and answers
 * with a code that is in no list. `waits`: approves only when the shopper confirms. `refund_lasts`: approves, and takes a
 * minute of the merchant's time for each refund.
 */
export type Situation =
  | 'approve'
  | 'decline'
  | 'waits'
  | 'silence'
  | 'lost'
  | 'never_arrived'
  | 'unknown_code'
  | 'refund_lasts'

export interface Rig {
  processor: Processor
  /** A request with a key of its own that brings the situation about. Its amount can be halved. */
  authorization: (situation: Situation) => Authorization
  /** Does what the shopper does on the page of an action. */
  shopper: (url: string, choice: 'approve' | 'fail' | 'cancel') => Promise<void>
  /** Sum in minor units of what the bank holds or took under a key, by its own books, less what it gave back. */
  heldByBank: (request: Authorization) => Promise<number>
  /** Every message and answer as the house records it, and every log line of both sides. */
  recorded: () => string
  /** Card numbers and CVVs in use: none of them may stand in the record. */
  secrets: readonly string[]
}

export interface Conformance {
  manifest: Manifest
  open: (t: TestContext) => Promise<Rig>
}

/** Long enough for an answer, short enough to wait for a silence. */
const PATIENCE_MS = 5_000
const SILENCE_MS = 300
/** A refund that lasts is done by then. The merchant's time. */
const LASTS_MS = 3_600_000

export function conformance(name: string, { manifest, open }: Conformance) {
  const mayRetrieve = manifest.class === 'A' || manifest.class === 'B'
  const mayReverse = manifest.class !== 'D'
  const it = (what: string, body: (rig: Rig) => Promise<void>) =>
    test(`${name}: ${what}`, async (t) => {
      const rig = await open(t)
      await body(rig)
      for (const secret of rig.secrets) {
        assert.ok(!rig.recorded().includes(secret), 'a card number or CVV stands in the record')
      }
    })

  it('declares itself to be what it is', async ({ processor, authorization }) => {
    assert.deepEqual(processor.manifest(authorization('approve').settings), manifest)
    assert.equal(await processor.health(patience()), true)
  })

  it('approves, and names the payment', async (rig) => {
    const request = rig.authorization('approve')
    const outcome = await rig.processor.authorize(request, patience())
    assert.equal(outcome.kind, 'approved')
    assert.equal(outcome.kind === 'approved' && outcome.amount, request.amount)
    assert.ok(outcome.kind === 'approved' && outcome.facts.reference)
    assert.equal(await rig.heldByBank(request), request.amount)
  })

  it('declines with a code', async (rig) => {
    const request = rig.authorization('decline')
    const outcome = await rig.processor.authorize(request, patience())
    assert.equal(outcome.kind, 'declined')
    assert.ok(outcome.kind === 'declined' && /^[2-4][0-9A-Z]{4}$/.test(outcome.code))
    assert.equal(await rig.heldByBank(request), 0)
  })

  for (const [choice, kind] of [
    ['approve', 'approved'],
    ['fail', 'declined'],
    ['cancel', 'cancelled'],
  ] as const) {
    it(`sends the shopper away, and learns that he chose ${choice}`, async (rig) => {
      const request = rig.authorization('waits')
      const first = await rig.processor.authorize(request, patience())
      assert.ok(first.kind === 'action' && URL.canParse(first.url))
      await rig.shopper(first.url, choice)
      const outcome = await rig.processor.complete(inquiry(request), patience())
      assert.equal(outcome.kind, kind)
      assert.equal(await rig.heldByBank(request), choice === 'approve' ? request.amount : 0)
    })
  }

  it('stops an attempt that waits for the shopper, for good', async (rig) => {
    const request = rig.authorization('waits')
    const first = await rig.processor.authorize(request, patience())
    assert.equal((await rig.processor.cancel(inquiry(request), patience())).kind, 'cancelled')
    assert.ok(first.kind === 'action')
    await rig.shopper(first.url, 'approve')
    assert.equal(await rig.heldByBank(request), 0)
  })

  it('says that a cancellation came too late', async (rig) => {
    const request = rig.authorization('approve')
    await rig.processor.authorize(request, patience())
    assert.equal((await rig.processor.cancel(inquiry(request), patience())).kind, 'approved')
  })

  it('leaves a silence open: maybe sent, never a decline', async (rig) => {
    const request = rig.authorization('silence')
    await assert.rejects(rig.processor.authorize(request, AbortSignal.timeout(SILENCE_MS)), isOpenQuestion)
  })

  it('leaves a broken connection open', async (rig) => {
    for (const situation of ['lost', 'never_arrived'] as const) {
      await assert.rejects(rig.processor.authorize(rig.authorization(situation), patience()), isOpenQuestion)
    }
  })

  it('takes a code that is in no list for unknown', async (rig) => {
    const outcome = await rig.processor.authorize(rig.authorization('unknown_code'), patience())
    assert.equal(outcome.kind, 'unknown')
  })

  if (manifest.class === 'A') {
    it('acts once when a key is repeated, and answers the same', async (rig) => {
      const request = rig.authorization('approve')
      const first = await rig.processor.authorize(request, patience())
      assert.deepEqual(await rig.processor.authorize(request, patience()), first)
      assert.equal(await rig.heldByBank(request), request.amount)
    })

    it('continues a lost authorization under its key', async (rig) => {
      const request = rig.authorization('lost')
      await assert.rejects(rig.processor.authorize(request, patience()), isOpenQuestion)
      assert.equal((await rig.processor.authorize(request, patience())).kind, 'approved')
      assert.equal(await rig.heldByBank(request), request.amount)
    })
  }

  if (mayRetrieve) {
    it('tells what became of a key: approved, declined, never heard of', async (rig) => {
      for (const [situation, kind] of [
        ['lost', 'approved'],
        ['decline', 'declined'],
        ['never_arrived', 'not_found'],
      ] as const) {
        const request = rig.authorization(situation)
        await rig.processor.authorize(request, patience()).catch(() => undefined)
        assert.equal((await rig.processor.retrieve(inquiry(request), patience())).kind, kind)
      }
    })
  } else {
    it('refuses an inquiry before it is sent', async (rig) => {
      const asked = rig.processor.retrieve(inquiry(rig.authorization('approve')), patience())
      await assert.rejects(asked, isSurelyNotSent)
    })
  }

  if (mayReverse) {
    it('reverses what it cannot be sure of, and keeps the key from acting later', async (rig) => {
      for (const situation of ['lost', 'never_arrived'] as const) {
        const request = rig.authorization(situation)
        await assert.rejects(rig.processor.authorize(request, patience()), isOpenQuestion)
        assert.equal((await rig.processor.reverse(followup(request, 'reverse'), patience())).kind, 'succeeded')
        assert.equal(await rig.heldByBank(request), 0)
        await rig.processor.authorize(request, patience()).catch(() => undefined)
        assert.equal(await rig.heldByBank(request), 0)
      }
    })
  } else {
    it('refuses a reversal before it is sent', async (rig) => {
      const asked = rig.processor.reverse(followup(rig.authorization('approve'), 'reverse'), patience())
      await assert.rejects(asked, isSurelyNotSent)
    })
  }

  it('captures in part and then the rest, and no more', async (rig) => {
    const request = await approved(rig)
    const half = request.amount / 2
    for (const key of ['one', 'two']) {
      const outcome = await rig.processor.capture(followup(request, key, half), patience())
      assert.equal(outcome.kind === 'succeeded' && outcome.amount, half)
      if (!manifest.multiCapture) break
    }
    const tooMuch = await rig.processor.capture(followup(request, 'three', half), patience())
    assert.equal(tooMuch.kind, 'failed')
  })

  it('captures in full, once, however often the key is repeated', async (rig) => {
    const request = await approved(rig)
    const first = await rig.processor.capture(followup(request, 'capture'), patience())
    assert.equal(first.kind, 'succeeded')
    assert.deepEqual(await rig.processor.capture(followup(request, 'capture'), patience()), first)
  })

  it('voids what is not captured', async (rig) => {
    const request = await approved(rig)
    if (manifest.partialVoid) {
      const part = await rig.processor.void(followup(request, 'part', request.amount / 2), patience())
      assert.equal(part.kind, 'succeeded')
      assert.equal(await rig.heldByBank(request), request.amount / 2)
    }
    const rest = await rig.heldByBank(request)
    assert.equal((await rig.processor.void(followup(request, 'rest', rest), patience())).kind, 'succeeded')
    assert.equal(await rig.heldByBank(request), 0)
  })

  it('refunds what was captured, and no more', async (rig) => {
    const request = await approved(rig)
    assert.equal((await rig.processor.refund(followup(request, 'early'), patience())).kind, 'failed')
    await rig.processor.capture(followup(request, 'capture'), patience())
    assert.equal((await rig.processor.refund(followup(request, 'refund'), patience())).kind, 'succeeded')
    assert.equal((await rig.processor.refund(followup(request, 'again'), patience())).kind, 'failed')
    assert.equal(await rig.heldByBank(request), 0)
  })

  it('gives back one capture of several, and no more than that one took', async (rig) => {
    const request = await approved(rig)
    const half = request.amount / 2
    const capture = followup(request, 'capture-1', half)
    assert.equal((await rig.processor.capture(capture, patience())).kind, 'succeeded')
    if (manifest.multiCapture) await rig.processor.capture(followup(request, 'capture-2', half), patience())
    const of = (purpose: string, amount: number) => ({ ...followup(request, purpose, amount), ofCapture: capture.key })
    if (manifest.multiCapture) {
      assert.equal((await rig.processor.refund(of('too-much', half + 10), patience())).kind, 'failed')
    }
    assert.equal((await rig.processor.refund(of('refund', half), patience())).kind, 'succeeded')
    assert.equal((await rig.processor.refund(of('again', 10), patience())).kind, 'failed')
  })

  if (manifest.increment) {
    it('holds more when it is asked to, once however often the key is repeated', async (rig) => {
      const request = await approved(rig)
      const more = followup(request, 'increment', 500)
      const first = await rig.processor.increment(more, patience())
      assert.equal(first.kind === 'succeeded' && first.amount, 500)
      assert.deepEqual(await rig.processor.increment(more, patience()), first)
      assert.equal(await rig.heldByBank(request), request.amount + 500)
      const all = followup(request, 'capture', request.amount + 500)
      assert.equal((await rig.processor.capture(all, patience())).kind, 'succeeded')
    })
  } else {
    it('refuses an increment before it is sent', async (rig) => {
      const request = await approved(rig)
      await assert.rejects(rig.processor.increment(followup(request, 'increment'), patience()), isSurelyNotSent)
    })
  }

  if (manifest.asyncRefund) {
    it('takes a refund that lasts, and says under its key what came of it', async (rig) => {
      const request = rig.authorization('refund_lasts')
      await rig.processor.authorize(request, patience())
      await rig.processor.capture(followup(request, 'capture'), patience())
      const refund = followup(request, 'refund')
      assert.equal((await rig.processor.refund(refund, patience())).kind, 'pending')
      assert.equal((await rig.processor.refund(refund, patience())).kind, 'pending')
      assert.equal(await rig.heldByBank(request), request.amount)
      const later = { ...refund, at: new Date(Date.parse(refund.at) + LASTS_MS).toISOString() }
      assert.equal((await rig.processor.refund(later, patience())).kind, 'succeeded')
      assert.equal(await rig.heldByBank(request), 0)
    })
  }

  it('reads nothing into a notification that is none of its own', async ({ processor, authorization }) => {
    const { settings } = authorization('approve')
    for (const body of [undefined, null, 'x', [], {}, { id: 'n' }, { id: 1, key: {}, type: 'returned', amount: 1 }]) {
      assert.equal(processor.parseWebhook({ headers: {}, body }, settings), undefined, JSON.stringify(body))
    }
  })

  if (manifest.zeroAmount) {
    it('verifies a card with an amount of nothing', async (rig) => {
      const request = { ...rig.authorization('approve'), amount: 0 }
      const outcome = await rig.processor.authorize(request, patience())
      assert.equal(outcome.kind === 'approved' && outcome.amount, 0)
    })
  }
}

async function approved(rig: Rig): Promise<Authorization> {
  const request = rig.authorization('approve')
  assert.equal((await rig.processor.authorize(request, patience())).kind, 'approved')
  return request
}

function inquiry({ entity, channel, key, at, settings }: Authorization): Inquiry {
  return { entity, channel, key, at, settings }
}

function followup(request: Authorization, purpose: string, amount = request.amount): Followup {
  return { ...inquiry(request), key: `${request.key}-${purpose}`, of: request.key, amount, currency: request.currency }
}

function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS)
}

function isOpenQuestion(cause: unknown): boolean {
  return cause instanceof ProcessorError && cause.sent !== 'no'
}

function isSurelyNotSent(cause: unknown): boolean {
  return cause instanceof ProcessorError && cause.sent === 'no'
}
