import assert from 'node:assert/strict'
import test from 'node:test'
import { ENTITIES, HOUR_MS, openCard, testVault } from './support.ts'

const FACTS = {
  address: '203.0.113.9',
  accept: 'text/html',
  userAgent: 'Mosaic/2.0',
  acceptLanguage: 'fr-CH, de;q=0.5',
}

test('a ticket tells what the browser’s own request told, where the sealer said nothing', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const ticket = vault.ticket(FACTS)
  const opened = await openCard(vault, await sealCard({ browser: { ticket, user_agent: 'Lynx', screen_width: 800 } }))
  assert.ok(opened.ok)
  assert.deepEqual(opened.details.browser, {
    accept_header: 'text/html',
    user_agent: 'Lynx',
    language: 'fr-CH',
    screen_width: 800,
  })
  assert.equal(opened.details.payerAddress, '203.0.113.9')
})

test('a ticket says nothing to anybody else, and is another one each time', async (t) => {
  const { vault } = await testVault(t)
  const [one, two] = [vault.ticket(FACTS), vault.ticket(FACTS)]
  assert.notEqual(one, two)
  assert.match(one, /^[\w-]+$/)
  assert.doesNotMatch(Buffer.from(one, 'base64url').toString('latin1'), /203\.0|Mosaic/)
})

test('a ticket lives for a day of real time, on every node; the payment lives on without it', async (t) => {
  const { vault, clock, openNode, sealCard } = await testVault(t)
  const ticket = vault.ticket(FACTS)
  const other = await openNode()
  clock.now += 24 * HOUR_MS
  const addressAt = async () => {
    const opened = await openCard(other, await sealCard({ browser: { ticket } }))
    assert.ok(opened.ok)
    return opened.details.payerAddress
  }
  assert.equal(await addressAt(), FACTS.address)
  clock.now += 1
  assert.equal(await addressAt(), undefined)
})

test('a ticket that is not ours is no error, whatever it is', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const { vault: stranger } = await testVault(t)
  const ours = vault.ticket(FACTS)
  const wrong = [
    '',
    ours.slice(1),
    `${ours}AAAA`,
    ours.toUpperCase(),
    stranger.ticket(FACTS),
    'x'.repeat(9000),
    '\u0000',
  ]
  for (const ticket of wrong) {
    const opened = await openCard(vault, await sealCard({ browser: { ticket, language: 'de' } }))
    assert.ok(opened.ok, ticket)
    assert.deepEqual([opened.details.browser, opened.details.payerAddress], [{ language: 'de' }, undefined])
  }
})

test('endless headers still fit into session_data', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const endless = 'é'.repeat(10_000)
  const ticket = vault.ticket({ address: '::1', accept: endless, userAgent: endless, acceptLanguage: endless })
  const opened = await vault.open(await sealCard({ browser: { ticket } }), {
    entity: ENTITIES[1],
    sessionId: 'ps_x',
  })
  assert.deepEqual(opened, { ok: false, reason: 'misdirected' })
  const right = await openCard(vault, await sealCard({ browser: { ticket } }))
  assert.ok(right.ok)
  assert.equal(right.details.browser?.user_agent?.length, 1024)
  assert.equal(right.details.browser?.language, undefined)
})
