import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARD, testVault } from './support.ts'

const AT = Date.UTC(2026, 10, 22)
const ORDER = { misses: [], at: AT, retrieveIdentifier: undefined }

test('a token shows its facts to its own merchant, on every node, and to nobody else', async (t) => {
  const { vault, openNode } = await testVault(t)
  const made = await vault.tokenize(1, { ...ORDER, body: { type: 'card', ...CARD } })
  assert.ok(made.ok)
  assert.match(made.token, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.deepEqual((await vault.tokenFacts(1, made.token))?.facts, made.facts)
  assert.deepEqual((await (await openNode()).tokenFacts(1, made.token))?.facts, made.facts)
  assert.equal(await vault.tokenFacts(2, made.token), undefined)
})

test('the same card is another token each time, and another ciphertext', async (t) => {
  const { vault, pool } = await testVault(t)
  const body = { type: 'card' as const, ...CARD }
  const [one, two] = await Promise.all([vault.tokenize(1, { ...ORDER, body }), vault.tokenize(1, { ...ORDER, body })])
  assert.ok(one.ok && two.ok && one.token !== two.token)
  const { rows } = await pool.query(
    'select count(distinct sealed)::int as sealed, count(distinct id)::int as ids from tokens',
  )
  assert.deepEqual(rows, [{ sealed: 2, ids: 2 }])
})

test('of a security code nothing is at rest but what its token opens', async (t) => {
  const { vault, pool } = await testVault(t)
  await vault.tokenize(1, { ...ORDER, body: { type: 'cvv', token_data: { cvv: '173' } } })
  const { rows } = await pool.query('select facts, id, sealed from tokens')
  assert.deepEqual(rows[0].facts, { type: 'cvv' })
  assert.ok(!rows[0].sealed.includes('173') && !rows[0].id.includes('173'))
})

test('details that are wrong are answered, and nothing is kept', async (t) => {
  const { vault, pool } = await testVault(t)
  const made = await vault.tokenize(1, { ...ORDER, body: { type: 'card', ...CARD, cvv: '1' } })
  assert.deepEqual(made, { ok: false, problems: ['cvv_invalid'] })
  assert.equal((await pool.query('select 1 from tokens')).rowCount, 0)
})
