import assert from 'node:assert/strict'
import {
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import test from 'node:test'
import type { SealedDetails, SealingKey } from '@sluice/sealing/payload'
import { chooseSealingKey, seal } from '@sluice/sealing/seal'

const DETAILS: SealedDetails = {
  v: 1,
  sid: 'ps_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  jti: '00000000-0000-4000-8000-000000000000',
  issued: '1.x',
  method: 'card',
  card: { number: '4242424242424242', expiry_month: 12, expiry_year: 2030, cvv: '100', name: 'Zoë 🌊' },
}

function keyPair(crv: 'X25519' | 'P-256'): { key: SealingKey; privateKey: KeyObject } {
  const pair = crv === 'X25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    key: { kid: `k-${crv}`, ...pair.publicKey.export({ format: 'jwk' }) } as SealingKey,
    privateKey: pair.privateKey,
  }
}

/** Opens a JWE by the letter of RFC 7516 and RFC 7518 §4.6, with node:crypto alone. */
function open(jwe: string, privateKey: KeyObject): { header: Record<string, unknown>; details: unknown } {
  const [head = '', encryptedKey, iv = '', text = '', tag = ''] = jwe.split('.')
  assert.equal(encryptedKey, '')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString())
  const publicKey = createPublicKey({ key: header.epk as JsonWebKey, format: 'jwk' })
  const algorithm = Buffer.from('A256GCM')
  const uint32 = (value: number) => Buffer.from([0, 0, value >> 8, value & 255])
  const shared = diffieHellman({ privateKey, publicKey })
  const info = [uint32(algorithm.length), algorithm, uint32(0), uint32(0), uint32(256)]
  const contentKey = createHash('sha256')
    .update(Buffer.concat([uint32(1), shared, ...info]))
    .digest()
  const opener = createDecipheriv('aes-256-gcm', contentKey, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
  opener.setAAD(Buffer.from(head)).setAuthTag(Buffer.from(tag, 'base64url'))
  const plain = Buffer.concat([opener.update(Buffer.from(text, 'base64url')), opener.final()])
  return { header, details: JSON.parse(plain.toString('utf8')) }
}

test('what was sealed opens with the private key, on either curve', async () => {
  for (const crv of ['X25519', 'P-256'] as const) {
    const { key, privateKey } = keyPair(crv)
    const { header, details } = open(await seal(DETAILS, key), privateKey)
    assert.deepEqual(details, DETAILS)
    const { epk, ...rest } = header
    assert.deepEqual(rest, { alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid, typ: 'slu-sd+jwe' })
    const members = crv === 'X25519' ? ['crv', 'kty', 'x'] : ['crv', 'kty', 'x', 'y']
    assert.deepEqual(Object.keys(epk as object).sort(), members)
  }
})

test('sealing the same details twice shows nothing in common', async () => {
  const { key } = keyPair('X25519')
  const [first, second] = [await seal(DETAILS, key), await seal(DETAILS, key)]
  const parts = (jwe: string) => jwe.split('.').filter((part) => part !== '')
  for (const [at, part] of parts(first).entries()) assert.notEqual(part, parts(second)[at])
})

test('session_data is small, and does not grow past its limit with all a browser tells', async () => {
  const browser = { user_agent: 'x'.repeat(2048), accept_header: 'x'.repeat(2048) }
  const { key } = keyPair('P-256')
  assert.ok((await seal(DETAILS, key)).length < 1024)
  assert.ok((await seal({ ...DETAILS, browser }, key)).length < 16 * 1024)
})

test('X25519 is chosen where it is supported, else P-256', async (t) => {
  const keys = [keyPair('P-256').key, keyPair('X25519').key]
  assert.equal((await chooseSealingKey(keys)).crv, 'X25519')
  assert.equal((await chooseSealingKey(keys.slice(0, 1))).crv, 'P-256')

  const generateKey = crypto.subtle.generateKey.bind(crypto.subtle) as (...args: unknown[]) => Promise<unknown>
  t.mock.method(crypto.subtle, 'generateKey', async (...args: unknown[]) => {
    if ((args[0] as { name: string }).name === 'X25519') throw new DOMException('', 'NotSupportedError')
    return generateKey(...args)
  })
  assert.equal((await chooseSealingKey(keys)).crv, 'P-256')
  await assert.rejects(chooseSealingKey(keys.slice(1)), /no key this browser can seal with/)
})
