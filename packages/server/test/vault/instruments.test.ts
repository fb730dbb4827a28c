import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import { wireId } from '@sluice/core/ids'
import { openExchange } from '../../src/vault/send.ts'
import { CARD, openCard, type TestVault, testVault } from './support.ts'

const exchange = openExchange()

const CUSTOMER = '01900000-0000-7000-8000-0000000000c1'
const OTHER_CUSTOMER = '01900000-0000-7000-8000-0000000000c2'

const instrumentId = (n: number) => `01900000-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`

async function typedCard({ vault, sealCard }: TestVault, change: Partial<typeof CARD> = {}) {
  const opened = await openCard(vault, await sealCard({ card: { ...CARD, ...change } }))
  assert.ok(opened.ok && opened.details.card)
  return opened.details.card
}

/** The number and CVV behind a handle, as a processor would receive them. */
async function sentCard(card: Parameters<typeof exchange>[1]) {
  const server = createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const body = { number: '{{card.number}}', cvv: '{{card.cvv}}' }
  const reply = await exchange({ method: 'POST', url, headers: {}, body }, card, AbortSignal.timeout(5_000))
  server.close()
  return reply.body
}

test('a kept card comes back as a card that can be charged, without the CVV', async (t) => {
  const house = await testVault(t)
  const typed = await typedCard(house)
  const kept = await house.vault.keep(1, typed, { id: instrumentId(1), customerId: CUSTOMER })
  assert.deepEqual(
    { ...kept, createdOn: undefined, fingerprint: undefined },
    {
      id: instrumentId(1),
      customerId: CUSTOMER,
      bin: '42424242',
      last4: '4242',
      scheme: 'VISA',
      expiryMonth: 12,
      expiryYear: 2030,
      name: 'Ada Lovelace',
      createdOn: undefined,
      fingerprint: undefined,
    },
  )
  assert.equal(kept.fingerprint, typed.fingerprint)

  const card = await (await house.openNode()).stored(1, { instrumentId: kept.id })
  assert.ok(card)
  assert.equal(card.origin, 'stored')
  assert.equal(card.instrumentId, kept.id)
  assert.equal(card.cvvSupplied, false)
  assert.deepEqual(await sentCard(card), { number: CARD.number })
})

test('a stored card is charged with the CVV that was typed for it now', async (t) => {
  const house = await testVault(t)
  const kept = await house.vault.keep(1, await typedCard(house), { id: instrumentId(1), customerId: CUSTOMER })
  const change = {
    method: 'stored_card',
    card: undefined,
    stored: { instrument_id: wireId('instrument', kept.id), cvv: '555' },
  }
  const opened = await openCard(house.vault, await house.sealCard(change))
  assert.ok(opened.ok && opened.details.stored)
  assert.deepEqual(opened.details.stored, { instrumentId: kept.id, cvvSupplied: true })
  const card = await house.vault.stored(1, opened.details.stored)
  assert.deepEqual(await sentCard(card), { number: CARD.number, cvv: '555' })
})

test('the same card of the same customer is the same instrument, with its newest expiry', async (t) => {
  const house = await testVault(t)
  const first = await house.vault.keep(1, await typedCard(house), { id: instrumentId(1), customerId: CUSTOMER })
  const renewed = await typedCard(house, { expiry_year: 2034 })
  const again = await house.vault.keep(1, renewed, { id: instrumentId(2), customerId: CUSTOMER })
  assert.equal(again.id, first.id)
  assert.equal(again.expiryYear, 2034)
  const others = await house.vault.keep(1, renewed, { id: instrumentId(3), customerId: OTHER_CUSTOMER })
  assert.equal(others.id, instrumentId(3))
  assert.deepEqual(
    (await house.vault.instrumentsOf(1, { customerId: CUSTOMER })).map((row) => row.id),
    [first.id],
  )
  assert.deepEqual(await sentCard(await house.vault.stored(1, { instrumentId: first.id })), { number: CARD.number })
})

test('twenty stores of one card at the same moment make one instrument under one data key', async (t) => {
  const house = await testVault(t)
  const card = await typedCard(house)
  const nodes = await Promise.all([house.openNode(), house.openNode()])
  const kept = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      (nodes[n % 2] ?? house.vault).keep(1, card, { id: instrumentId(n), customerId: CUSTOMER }),
    ),
  )
  assert.equal(new Set(kept.map((row) => row.id)).size, 1)
  const { rows } = await house.pool.query('select count(*)::int as n from data_keys')
  assert.equal(rows[0].n, 1)
})

test("a merchant does not see another merchant's instruments", async (t) => {
  const house = await testVault(t)
  const kept = await house.vault.keep(1, await typedCard(house), { id: instrumentId(1), customerId: CUSTOMER })
  assert.equal(await house.vault.stored(2, { instrumentId: kept.id }), undefined)
  assert.deepEqual(await house.vault.instrumentsOf(2, { ids: [kept.id], customerId: CUSTOMER }), [])
  assert.equal((await house.vault.instrumentsOf(1, { ids: [kept.id] })).length, 1)
})

test('a ciphertext moved to another row or merchant does not open', async (t) => {
  const house = await testVault(t)
  const { vault, pool } = house
  await vault.keep(1, await typedCard(house), { id: instrumentId(1), customerId: CUSTOMER })
  await vault.keep(1, await typedCard(house, { number: '5436031030606378' }), {
    id: instrumentId(2),
    customerId: CUSTOMER,
  })
  await vault.keep(2, await typedCard(house), { id: instrumentId(1), customerId: CUSTOMER })
  const move = `update instruments i set number = o.number from instruments o
                 where i.entity_key = $1 and i.id = $2 and o.entity_key = $3 and o.id = $4`
  await pool.query(move, [1, instrumentId(1), 1, instrumentId(2)])
  await assert.rejects(vault.stored(1, { instrumentId: instrumentId(1) }))
  await pool.query(move, [2, instrumentId(1), 1, instrumentId(2)])
  await assert.rejects(vault.stored(2, { instrumentId: instrumentId(1) }))
})

test('the database holds no number, no CVV and no private key in the clear', async (t) => {
  const house = await testVault(t)
  const { vault, pool } = house
  await vault.keep(1, await typedCard(house), { id: instrumentId(1), customerId: CUSTOMER })
  const { rows: tables } = await pool.query(`select relname from pg_class c join pg_namespace n on n.oid = relnamespace
                                              where nspname = 'public' and relkind in ('r', 'p')`)
  let dump = ''
  for (const { relname } of tables) {
    const { rows } = await pool.query(`select row_to_json(t)::text as line from "${relname}" t`)
    dump += rows.map((row) => row.line).join('\n')
  }
  assert.ok(dump.includes('Ada Lovelace'), 'the control: what is stored in the clear is found')
  const number = Buffer.from(CARD.number)
  for (const form of [CARD.number, number.toString('hex'), number.toString('base64').slice(0, 20)]) {
    assert.ok(!dump.includes(form), form)
  }
  assert.ok(!/"d"\s*:|PRIVATE KEY/.test(dump))
  // How an unwrapped PKCS #8 key of either curve begins.
  for (const prefix of ['302e020100300506032b656e', '308187020100301306072a8648ce3d0201']) {
    assert.ok(!dump.includes(prefix), prefix)
  }
})
