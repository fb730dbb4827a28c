/**
 * A card that waits for the end of a challenge: the database, a backup of it, and the shopper's browser are read, each
 * alone and some together, and none opens it. Only the server's half of the key, the root key and the browser's half do.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openHolds } from '@sluice/server/vault/holds'
import { openKeyring } from '@sluice/server/vault/keyring'
import { loadRootKey } from '@sluice/server/vault/root-key'
import { Secret } from '@sluice/server/vault/secret'
import type { AttemptHold } from '@sluice/server/store/attempt-holds'
import { secretsOf } from '@sluice/server/vault/card-secrets'
import { openPage } from './support/browser.ts'
import { canaryNumber, searchFor } from './support/canary.ts'
import { CARDS } from './support/cards.ts'
import { startSluice } from './support/sluice.ts'
import { answerChallenge, carryOn, external, openChallenge } from './support/three-ds.ts'

const MINUTE_MS = 60_000

test('a card that waits for the end of a challenge', async (t) => {
  const sluice = await startSluice(t)
  const shop = await external(sluice)
  const { db } = sluice.ctx.store
  const number = canaryNumber('4929', 424_242_424)
  const cvv = '739'
  const session = await shop.requestSession({ '3ds': { enabled: true } })
  const session_data = await shop.seal(session, { ...CARDS.approved, number, cvv })
  const path = `/payment-sessions/${session.id}/submit`
  const answer = await shop.post(path, { session_data }, { 'cko-idempotency-key': session.id })
  assert.equal(answer.status, 202, answer.text)
  const challenge = await openChallenge(answer)
  const { share } = challenge

  const { rows: entities } = await db.query<{ entity_key: number; payment_id: string; slot: number; sealed: Buffer }>({
    name: 'test_the_hold',
    text: 'select entity_key, payment_id, slot, sealed from attempt_holds',
    values: [],
  })
  const [row] = entities
  assert.ok(row && entities.length === 1)
  const entityKey = row.entity_key
  const hold: AttemptHold = { paymentId: row.payment_id, slot: row.slot, sealed: row.sealed }
  const root = loadRootKey(sluice.config)

  /** Every value of every table, as text: what a logical backup holds, and the database itself. */
  async function everything(): Promise<string[]> {
    const { rows: tables } = await db.query<{ name: string }>({
      name: 'test_tables',
      text: `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
      values: [],
    })
    const found: string[] = []
    for (const { name } of tables) {
      const { rows } = await db.query<{ text: string }>({
        name: `test_dump_${name}`,
        text: `select t::text as text from ${name} t`,
        values: [],
      })
      found.push(...rows.map(({ text }) => text))
    }
    return found
  }

  await t.test('the database holds neither the card nor the browser’s half, in any table', async () => {
    const dump = (await everything()).join('\n')
    assert.deepEqual(searchFor({ number, share })('the database', dump), [])
    assert.ok(!dump.includes(Buffer.from(share, 'base64url').toString('hex')))
    assert.ok(!dump.includes(share))
  })

  await t.test(
    'the database and the root key together do not open it: no value in any table is the other half',
    async () => {
      const holds = openHolds(db, openKeyring(root), () => Date.now())
      const words = new Set((await everything()).flatMap((text) => text.match(/[\w-]{16,}/g) ?? []))
      assert.ok(words.size > 50)
      for (const word of ['', ...words]) assert.equal(await holds.openHold(entityKey, hold, word), undefined)
    },
  )

  await t.test('a backup and the browser’s half together do not open it: the server’s half is wrapped', async () => {
    const elsewhere = openHolds(db, openKeyring(new Secret(randomBytes(32))), () => Date.now())
    await assert.rejects(elsewhere.openHold(entityKey, hold, share))
  })

  await t.test(
    'the browser keeps nothing but the fragment, which holds no card and goes to no server',
    async (each) => {
      const page = await openPage(each)
      const asked: string[] = []
      page.on('request', (request) => asked.push(`${request.url().split('#')[0]} ${request.postData() ?? ''}`))
      await page.goto(answer.body.action.url)
      await page.frameLocator('iframe[name="sluice-acs"]').locator('input[type=password]').waitFor()
      const state = await page.context().storageState({ indexedDB: true })
      assert.deepEqual(state, { cookies: [], origins: [] })
      assert.equal(new URL(page.url()).hash, `#${share}`)
      assert.equal(Buffer.from(share, 'base64url').length, 32)
      assert.ok(asked.length >= 3)
      assert.ok(!asked.some((line) => line.includes(share)), 'before the challenge has ended nobody is told the share')
      assert.deepEqual(searchFor({ number })('the page', await page.content()), [])
    },
  )

  await t.test('the halves and the root key open it, for this attempt only', async () => {
    const holds = openHolds(db, openKeyring(root), () => Date.now())
    const opened = await holds.openHold(entityKey, hold, share)
    assert.ok(opened)
    assert.equal(secretsOf(opened.card).number.reveal().toString('utf8'), number)
    assert.equal(secretsOf(opened.card).cvv?.reveal().toString('utf8'), cvv)
    assert.equal(await holds.openHold(entityKey + 1, hold, share), undefined)
    const other = { ...hold, paymentId: '01890000-0000-7000-8000-000000000000' }
    assert.equal(await holds.openHold(entityKey, other, share), undefined)
  })

  await t.test('after half an hour of real time the server’s half is not accepted any more', async () => {
    const later = openHolds(db, openKeyring(root), () => Date.now() + 30 * MINUTE_MS)
    assert.equal(await later.openHold(entityKey, hold, share), undefined)
  })

  await t.test('the row goes with the attempt', async () => {
    await answerChallenge(challenge)
    await carryOn(challenge)
    assert.equal((await shop.payment(answer.body.id)).approved, true)
    assert.equal(await shop.holds(), 0)
    await sluice.assertSound()
  })

  await t.test('and the server’s half is destroyed, so that no later copy of the row opens', async () => {
    const later = openHolds(db, openKeyring(root), () => Date.now() + 30 * MINUTE_MS)
    assert.ok((await later.destroyOldHoldShares()) >= 1)
    const fresh = openHolds(db, openKeyring(root), () => Date.now())
    assert.equal(await fresh.openHold(entityKey, hold, share), undefined)
  })

  await t.test('a card whose other half is destroyed is deleted with it, though nobody ended its attempt', async () => {
    const { answer: waiting } = await shop.pay({ '3ds': { enabled: true } })
    assert.equal(waiting.status, 202, waiting.text)
    const [now, later] = [0, 30].map((minutes) =>
      openHolds(db, openKeyring(root), () => Date.now() + minutes * MINUTE_MS),
    )
    await now?.destroyOldHoldShares()
    assert.equal(await shop.holds(), 1)
    await later?.destroyOldHoldShares()
    assert.equal(await shop.holds(), 0)
  })
})
