import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVERY_SCOPE, parseScopes, PUBLIC_KEY_SCOPES, SCOPES, scopeCovers } from '../src/scopes.ts'

test('a scope covers itself and those below it, and nothing beside it', () => {
  assert.ok(scopeCovers(['gateway'], 'gateway'))
  assert.ok(scopeCovers(['gateway'], 'gateway:payment-captures'))
  assert.ok(scopeCovers(['vault', 'gateway:payment'], 'vault:tokenization'))
  assert.ok(!scopeCovers(['gateway:payment'], 'gateway:payment-captures'))
  assert.ok(!scopeCovers(['gateway:payment'], 'gateway'))
  assert.ok(!scopeCovers(['issuing'], 'issuing-disputes'))
  assert.ok(!scopeCovers([], 'gateway'))
  assert.ok(!scopeCovers([''], 'gateway'))
})

test('every scope is covered by the one that stands for all, and a public key has two', () => {
  for (const scope of SCOPES) assert.ok(scopeCovers([EVERY_SCOPE], scope), scope)
  const allowed = SCOPES.filter((scope) => scopeCovers(PUBLIC_KEY_SCOPES, scope))
  assert.deepEqual(allowed, ['payment-sessions:pay', 'vault:tokenization'])
})

test('a scope parameter is split at spaces, without repeats, and an unknown word refuses all of it', () => {
  assert.deepEqual(parseScopes('gateway  vault gateway'), ['gateway', 'vault'])
  assert.deepEqual(parseScopes('Payment Context gateway'), ['Payment Context', 'gateway'])
  assert.deepEqual(parseScopes(''), [])
  for (const text of ['gateway all', 'Payment', '*', 'Gateway', 'gateway,vault', 'gateway\tvault', 'constructor']) {
    assert.equal(parseScopes(text), undefined, text)
  }
})
