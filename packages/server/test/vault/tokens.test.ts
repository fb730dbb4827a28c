import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { decrypt, encrypt, openKeyring } from '../../src/vault/keyring.ts'
import { loadRootKey } from '../../src/vault/root-key.ts'
import { Secret } from '../../src/vault/secret.ts'
import { entityOfSecret, readUrlToken, sessionSecret, urlToken } from '../../src/vault/tokens.ts'

const newKeyring = () => openKeyring(new Secret(randomBytes(32)))

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'sluice-keys-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

test('a session secret is a version 8 UUID that finds its entity', () => {
  const keys = newKeyring()
  for (const entityKey of [1, 2, 77, 2 ** 31 - 1]) {
    const session = randomUUID()
    const secret = sessionSecret(keys, entityKey, session)
    assert.match(secret, /^pss_[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.equal(secret, sessionSecret(keys, entityKey, session))
    assert.equal(entityOfSecret(keys, secret, session), entityKey)
  }
})

test('a session secret opens one session of one entity of one installation', () => {
  const keys = newKeyring()
  const session = randomUUID()
  const secret = sessionSecret(keys, 1, session)
  assert.equal(entityOfSecret(keys, secret, randomUUID()), undefined)
  assert.equal(entityOfSecret(newKeyring(), secret, session), undefined)
  assert.notEqual(sessionSecret(keys, 2, session), secret)
  for (let at = 4; at < secret.length; at++) {
    if (secret[at] === '-') continue
    const changed = secret.slice(0, at) + (secret[at] === '0' ? '1' : '0') + secret.slice(at + 1)
    assert.equal(entityOfSecret(keys, changed, session), undefined, String(at))
  }
})

test('what is no session secret opens nothing', () => {
  const keys = newKeyring()
  const session = randomUUID()
  const secret = sessionSecret(keys, 1, session)
  for (const wrong of ['', 'pss_', secret.slice(4), secret.toUpperCase(), `${secret}0`, `sk_${secret.slice(4)}`]) {
    assert.equal(entityOfSecret(keys, wrong, session), undefined, wrong)
  }
  assert.equal(entityOfSecret(keys, secret, 'not a uuid'), undefined)
})

test('a URL token is read back by the purpose it was made for', () => {
  const keys = newKeyring()
  const uuid = randomUUID()
  const token = urlToken(keys, 7, uuid, 'return')
  assert.match(token, /^[A-Za-z0-9_-]{48}$/)
  assert.deepEqual(readUrlToken(keys, token, 'return'), { entityKey: 7, uuid })
  assert.equal(readUrlToken(keys, token, 'notify'), undefined)
  assert.equal(readUrlToken(newKeyring(), token, 'return'), undefined)
})

test('a URL token that was changed anywhere is refused', () => {
  const keys = newKeyring()
  const token = urlToken(keys, 7, randomUUID(), 'return')
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    assert.equal(readUrlToken(keys, changed, 'return'), undefined, String(at))
  }
  for (const wrong of ['', `${token}=`, `${token}A`, token.slice(1)]) {
    assert.equal(readUrlToken(keys, wrong, 'return'), undefined, wrong)
  }
})

test('keys of different purposes, scopes and roots differ', () => {
  const keys = newKeyring()
  const made = [
    keys.key('fingerprint', 'ent_a'),
    keys.key('fingerprint', 'ent_b'),
    keys.key('data-keys'),
    keys.key('mac/a'),
    keys.key('wrap/a'),
    newKeyring().key('data-keys'),
  ].map((key) => key.reveal().toString('hex'))
  assert.equal(new Set(made).size, made.length)
})

test('a MAC tells where one part ends and the next begins', () => {
  const keys = newKeyring()
  assert.notDeepEqual(keys.mac('url-token', 'ab', 'c'), keys.mac('url-token', 'a', 'bc'))
  assert.equal(keys.mac('url-token', 'ab').length, 32)
})

test('sealed bytes open with their key and context, and with no other', () => {
  const [key, other] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))]
  const sealed = encrypt(key, 'row 1', Buffer.from('value'))
  assert.equal(decrypt(key, 'row 1', sealed).toString(), 'value')
  assert.notDeepEqual(encrypt(key, 'row 1', Buffer.from('value')), sealed)
  assert.throws(() => decrypt(key, 'row 2', sealed))
  assert.throws(() => decrypt(other, 'row 1', sealed))
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] as number) ^ 1
    assert.throws(() => decrypt(key, 'row 1', changed), String(at))
    assert.throws(() => decrypt(key, 'row 1', sealed.subarray(0, at)), String(at))
  }
})

test('a secret prints as [redacted] however it is printed', () => {
  const secret = new Secret(Buffer.from('hunter2'))
  const shown = [JSON.stringify({ secret }), inspect({ secret }, { showHidden: true }), `${secret}`, String(secret)]
  for (const text of shown) assert.match(text, /\[redacted\]/)
  for (const text of shown) assert.doesNotMatch(text, /hunter2|68 75 6e|Buffer/)
  secret.destroy()
  assert.deepEqual([...secret.reveal()], [0, 0, 0, 0, 0, 0, 0])
})

test('a sandbox without a master key makes one once, for its owner alone', (t) => {
  const dataDir = join(folder(t), 'data')
  const config = { mode: 'sandbox', masterKey: undefined, dataDir } as const
  const first = loadRootKey(config)
  assert.deepEqual(loadRootKey(config).reveal(), first.reveal())
  const file = join(dataDir, 'master.key')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(Buffer.from(readFileSync(file, 'utf8'), 'base64').length, 32)
})

test('a damaged or wrong master key is one clear line, not a new key', (t) => {
  const dataDir = folder(t)
  writeFileSync(join(dataDir, 'master.key'), 'c2hvcnQ=\n')
  assert.throws(() => loadRootKey({ mode: 'sandbox', masterKey: undefined, dataDir }), /32 bytes in base64/)
  for (const masterKey of ['', 'short', randomBytes(31).toString('base64'), randomBytes(32).toString('hex')]) {
    assert.throws(() => loadRootKey({ mode: 'sandbox', masterKey, dataDir }), /32 bytes in base64/, masterKey)
  }
})

test('production starts with a master key of its own only', (t) => {
  const dataDir = join(folder(t), 'data')
  assert.throws(() => loadRootKey({ mode: 'production', masterKey: undefined, dataDir }), /needs a master key/)
  assert.ok(!existsSync(dataDir))
  const masterKey = randomBytes(32).toString('base64')
  assert.equal(loadRootKey({ mode: 'production', masterKey, dataDir }).reveal().toString('base64'), masterKey)
})
