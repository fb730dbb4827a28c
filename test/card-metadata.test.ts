/** What the card form learns of the first eight digits. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PUBLIC_KEY, SECRET_KEY, startSluice } from './support/sluice.ts'

test('the card form learns what the first eight digits tell', async (t) => {
  const sluice = await startSluice(t)
  const ask = (bin: string, authorization = `Bearer ${PUBLIC_KEY}`, origin = sluice.urls.frames) =>
    sluice.call('GET', `${origin}/frame/card-metadata/${bin}`, undefined, { authorization })

  await t.test('of a co-badged test card', async () => {
    const { status, body, headers } = await ask('40100617')
    assert.equal(status, 200)
    assert.deepEqual(body, {
      bin: '40100617',
      scheme: 'visa',
      local_schemes: ['cartes_bancaires'],
      card_type: 'debit',
      card_category: 'consumer',
      issuer: 'SLUICE TEST BANK FR',
      issuer_country: 'FR',
      product_id: 'F',
      product_type: 'CLASSIC',
    })
    assert.equal(headers.get('cache-control'), 'private, max-age=60')
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
  })

  await t.test('schemes are spelled as the options of the component are', async () => {
    const told = {
      '42424242': 'visa',
      '54360310': 'mastercard',
      '34567890': 'american_express',
      '36160940': 'diners_club_international',
      '60111111': 'discover',
      '35301113': 'jcb',
      '62241200': 'china_union_pay',
      '00000000': 'unknown',
    }
    for (const [bin, scheme] of Object.entries(told)) assert.equal((await ask(bin)).body.scheme, scheme, bin)
  })

  await t.test('a card number is not asked about, and neither is less than eight digits', async () => {
    for (const bin of ['4242424', '424242424242', '4242424242424242', 'abcdefgh']) {
      assert.equal((await ask(bin)).status, 404, bin)
    }
  })

  await t.test('by pages with a key, on the frames origin', async () => {
    assert.equal((await ask('42424242', '')).status, 401)
    assert.equal((await ask('42424242', `Bearer ${SECRET_KEY}`)).status, 401)
    assert.equal((await ask('42424242', `Bearer ${PUBLIC_KEY}`, sluice.urls.api)).status, 404)
  })
})
