/** Sealing in JavaScript alone makes what sealing with WebCrypto makes: the vault cannot tell them apart. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import test from 'node:test'
import { chooseSealingKey, seal } from '@sluice/sealing/seal'
import type { SealedDetails, SealingKey, TypedCard } from '@sluice/sealing/payload'
import { openJwe } from '@sluice/server/vault/session-data'
import fc from 'fast-check'
import { CARDS } from '../../../../test/support/cards.ts'
import { PUBLIC_KEY, startSluice } from '../../../../test/support/sluice.ts'
import { randomUuid } from '../../src/frame/keeper-seal.ts'
import { sealWithoutWebCrypto } from '../../src/frame/sealing-without-webcrypto.ts'

const CARD: TypedCard = { number: '4242424242424242', expiry_month: 12, expiry_year: 2030, cvv: '100' }
const DETAILS: SealedDetails = {
  v: 1,
  sid: 'ps_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  jti: '00000000-0000-4000-8000-000000000000',
  issued: '1.x',
  method: 'card',
  card: CARD,
}

function keyPairs() {
  const pairs = { X25519: generateKeyPairSync('x25519'), 'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  const keys = (['X25519', 'P-256'] as const).map(
    (crv) => ({ kid: `1.${crv}`, ...pairs[crv].publicKey.export({ format: 'jwk' }) }) as SealingKey,
  )
  const room = {
    privateKey: async (kid: string) => {
      const curve = kid === '1.X25519' ? ('X25519' as const) : ('P-256' as const)
      return { key: pairs[curve].privateKey, curve }
    },
  }
  return { keys, room }
}

test('the vault opens whatever was sealed without WebCrypto', async () => {
  const { keys, room } = keyPairs()
  const text = fc.string({ unit: 'grapheme', maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(text, text, fc.nat(), async (name, userAgent, amount) => {
      const details = { ...DETAILS, amount, card: { ...CARD, name }, browser: { user_agent: userAgent } }
      const opened = await openJwe(sealWithoutWebCrypto(details, keys), room)
      assert.deepEqual(JSON.parse(new TextDecoder().decode(opened)), JSON.parse(JSON.stringify(details)))
    }),
    { numRuns: 60 },
  )
})

test('both ways of sealing have one form: the same header, the same lengths', async () => {
  const { keys } = keyPairs()
  const one = sealWithoutWebCrypto(DETAILS, keys).split('.')
  const other = (await seal(DETAILS, await chooseSealingKey(keys))).split('.')
  assert.deepEqual(
    one.map(({ length }) => length),
    other.map(({ length }) => length),
  )
  const headers = [one, other].map(([head = '']) => JSON.parse(Buffer.from(head, 'base64url').toString()))
  for (const header of headers) header.epk.x = 'of this sealing'
  assert.deepEqual(headers[0], headers[1])
  for (const [at, part] of one.entries()) if (part !== '') assert.notEqual(part, other[at])
})

test('without the curve that it knows it refuses', () => {
  const { keys } = keyPairs()
  assert.throws(() => sealWithoutWebCrypto(DETAILS, keys.slice(1)), /no key this browser can seal with/)
})

test('a server takes a payment that was sealed without WebCrypto', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const { keys, issued } = (await sluice.get(`${sluice.urls.frames}/frame/sealing-keys`)).body
  const details = { v: 1 as const, sid: session.id, jti: randomUuid(), issued, method: 'card', card: CARDS.approved }
  const answer = await sluice.submitFromBrowser(
    session,
    { session_data: sealWithoutWebCrypto({ ...details, amount: 1000, currency: 'GBP' }, keys) },
    PUBLIC_KEY,
  )
  assert.deepEqual([answer.status, answer.body.status], [201, 'Approved'])
})

test('an attempt is named by a version 4 UUID', () => {
  const names = Array.from({ length: 200 }, randomUuid)
  for (const name of names) assert.match(name, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(new Set(names).size, names.length)
})
