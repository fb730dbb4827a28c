/** What the simulated bank is made to do by itself, asked for at Sluice: by the merchant, of his own payments, at his time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSessionToken } from '@sluice/core/session-token'
import { CARDS } from './support/cards.ts'
import { begin, rowOf, sessionFor } from './support/methods.ts'
import { client, eventually, type Json, PUBLIC_KEY, startSluice } from './support/sluice.ts'

test('the bank does for a merchant what he asks, of his own payments only', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  const { body: world } = await sluice.post('/sandbox/worlds', {})
  const other = client(sluice.urls, world.secret_key)
  const voucher = (await begin(sluice, 'multibanco')).answer.body.id as string
  const paid = (await sluice.submit(await sluice.requestSession(), CARDS.approved)).body.id as string
  await eventually(async () => (await sluice.payment(paid)).status === 'Captured')

  await t.test('of another merchant, of nobody, and with the key of a browser it does nothing', async () => {
    for (const [path, body] of [
      [`${voucher}/decisions`, { choice: 'approve' }],
      [`${paid}/returns`, {}],
      [`${paid}/disputes`, {}],
      [`${paid}/notifications`, {}],
      [`${paid}/refund-results`, { refund: `act_${'a'.repeat(26)}`, outcome: 'failed' }],
    ] as const) {
      assert.equal((await other.post(`/sandbox/payments/${path}`, body)).status, 404, path)
      const asBrowser = { authorization: `Bearer ${PUBLIC_KEY}` }
      assert.equal((await sluice.post(`/sandbox/payments/${path}`, body, asBrowser)).status, 401, path)
    }
    assert.equal((await other.get(`/sandbox/payments/${voucher}/page`)).status, 404)
    for (const id of ['x', 'pay_x', `pay_${'a'.repeat(26)}`, '..%2Fnotices', '%00']) {
      assert.equal((await sluice.post(`/sandbox/payments/${id}/notifications`, {})).status, 404, id)
    }
    const refund = { refund: `act_${'a'.repeat(26)}`, outcome: 'failed' }
    assert.equal((await sluice.post(`/sandbox/payments/${paid}/refund-results`, refund)).status, 404)
    assert.equal((await sluice.get(`/sandbox/payments/${paid}/page`)).status, 404, 'it has none')
    assert.equal((await sluice.payment(voucher)).status, 'Pending')
  })

  await t.test('what means nothing is refused by name', async () => {
    for (const [path, body, code] of [
      ['decisions', {}, 'choice_required'],
      ['decisions', { choice: '__proto__' }, 'choice_invalid'],
      ['returns', { amount: -1 }, 'amount_invalid'],
      ['returns', { amount: 1.5 }, 'amount_invalid'],
      ['returns', { code: '☃' }, 'code_invalid'],
      ['disputes', { stage: 'nope' }, 'stage_invalid'],
      ['refund-results', { outcome: 'failed' }, 'refund_required'],
      ['notifications', { copies: 21 }, 'copies_invalid'],
      ['returns', { amount: 1001 }, 'request_invalid'],
    ] as const) {
      const { status, body: refused } = await sluice.post(`/sandbox/payments/${paid}/${path}`, body)
      assert.deepEqual([status, refused.error_codes], [422, [code]], path)
    }
  })

  await t.test(
    'money is sent back at the merchant’s time, and a statement shows it under an address of its own',
    async () => {
      await sluice.post('/sandbox/clock', { advance: 'P3D' })
      const { body } = await sluice.post(`/sandbox/payments/${paid}/returns`, { amount: 400, copies: 2 })
      assert.deepEqual(body, { answers: [200, 200], amount: 400, code: '20087' })
      const { body: clock } = await sluice.get('/sandbox/clock')
      const [returned] = (await sluice.ledger()).filter(({ kind }: Json) => kind === 'return')
      const late = Date.parse(clock.now) - Date.parse(returned?.['at'])
      assert.ok(late >= 0 && late < 600_000, `${late} ms before the clock`)
      const { body: bank } = await sluice.get('/sandbox/bank')
      assert.match(await (await fetch(bank.statement_url)).text(), new RegExp(paid))
      assert.deepEqual(await (await fetch(bank.ledger_url)).json(), await sluice.ledger())
      assert.equal((await other.get('/sandbox/bank')).status, 200, 'also of a merchant of whom the bank never heard')
      assert.equal((await fetch(bank.statement_url.replace(/[\w-]{22}$/, ''))).status, 404)
    },
  )

  await t.test(
    'a page that is answered after its deadline changes nothing: the bank asks what time it is',
    async () => {
      const { body: page } = await sluice.get(`/sandbox/payments/${voucher}/page`)
      await sluice.post('/sandbox/clock', { advance: 'P30D' })
      const pressed = await fetch(page.url, {
        method: 'POST',
        body: new URLSearchParams({ choice: 'approve' }),
        redirect: 'manual',
      })
      assert.equal(pressed.status, 303)
      assert.equal((await sluice.payment(voucher)).status, 'Expired')
      assert.match(await (await fetch(page.url)).text(), /Nobody answered in time/)
    },
  )

  await t.test('the bank is told the time at the merchant’s own address only', async () => {
    const token = 'A'.repeat(48)
    assert.equal((await fetch(`${sluice.urls.api}/notifications/${token}/time`)).status, 404)
  })
})

test('a SEPA mandate names the creditor of the channel, and in sandbox one for tests', async (t) => {
  const sluice = await startSluice(t)
  const creditorOf = async (settings: Json) => {
    const { status, body } = await sluice.post('/sandbox/worlds', { channel: { settings } })
    if (status !== 201) return body.error_codes
    const session = await client(sluice.urls, body.secret_key).requestSession(sessionFor(rowOf('sepa')))
    const methods = readSessionToken(session.payment_session_token)?.payment_methods
    const sepa = methods?.find(({ type }) => type === 'sepa')
    assert.ok(sepa)
    return (sepa['creditor'] as { id: string }).id
  }
  assert.equal(await creditorOf({}), 'DE98ZZZ09999999999')
  assert.equal(await creditorOf({ creditor_id: 'FR72ZZZ123456' }), 'FR72ZZZ123456')
  for (const creditor_id of ['FR73ZZZ123456', '', 5, 'FR72ZZZ'.padEnd(60, '1')]) {
    assert.deepEqual(await creditorOf({ creditor_id }), ['channel_settings_creditor_id_invalid'], String(creditor_id))
  }
})
