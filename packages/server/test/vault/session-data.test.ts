import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import test from 'node:test'
import { inspect } from 'node:util'
import { CompactEncrypt, generateKeyPair, importJWK } from 'jose'
import type { Opened } from '../../src/vault/vault.ts'
import { CARD, ENTITIES, HOUR_MS, openCard, SESSION, testVault } from './support.ts'

const MINUTE_MS = 60_000

/** What the shopper has to mend: nothing when it opened. */
function problemsOf(opened: Opened): readonly string[] | undefined {
  if (opened.ok) return []
  return opened.reason === 'details' ? opened.problems : undefined
}

test('sealed details come back without the number, whichever curve they were sealed with', async (t) => {
  const { vault, sealCard } = await testVault(t)
  for (const crv of ['X25519', 'P-256'] as const) {
    const sessionData = await sealCard({ amount: 1000, currency: 'GBP', card: { ...CARD, store: true } }, crv)
    const opened = await openCard(vault, sessionData)
    assert.ok(opened.ok)
    const { card, nonce, holdShare, ...rest } = opened.details
    assert.deepEqual(rest, { method: 'card', storeConsent: true, amount: 1000, currency: 'GBP' })
    assert.match(nonce, /^[0-9a-f-]{36}$/)
    assert.equal(holdShare, vault.browserShare(sessionData))
    assert.deepEqual(
      { ...card, fingerprint: '' },
      {
        origin: 'card',
        scheme: 'VISA',
        last4: '4242',
        bin: '42424242',
        expiryMonth: 12,
        expiryYear: 2030,
        name: 'Ada Lovelace',
        fingerprint: '',
        cvvSupplied: true,
      },
    )
  }
})

test('a number has one fingerprint at a merchant and another at the next', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const fingerprint = async (entity: string) => {
    const opened = await vault.open(await sealCard(), { entity, sessionId: SESSION })
    return opened.ok ? opened.details.card?.fingerprint : undefined
  }
  assert.match((await fingerprint(ENTITIES[1])) ?? '', /^[0-9a-f]{64}$/)
  assert.equal(await fingerprint(ENTITIES[1]), await fingerprint(ENTITIES[1]))
  assert.notEqual(await fingerprint(ENTITIES[1]), await fingerprint(ENTITIES[2]))
  assert.notEqual(await fingerprint(ENTITIES[1]), createHash('sha256').update(CARD.number).digest('hex'))
})

test('session_data pays the session it was sealed for and no other', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const other = SESSION.replace(/..$/, 'fi')
  const opened = await vault.open(await sealCard(), { entity: ENTITIES[1], sessionId: other })
  assert.deepEqual(opened, { ok: false, reason: 'misdirected' })
  const sessionless = await vault.open(await sealCard(), { entity: ENTITIES[1] })
  assert.deepEqual(sessionless, { ok: false, reason: 'misdirected' })
})

test('session_data sealed without a session pays the merchant it names, and never a session', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const sealed = await sealCard({ sid: undefined, aud: ENTITIES[1] })
  assert.ok((await vault.open(sealed, { entity: ENTITIES[1] })).ok)
  assert.deepEqual(await vault.open(sealed, { entity: ENTITIES[2] }), { ok: false, reason: 'misdirected' })
  assert.deepEqual(await openCard(vault, sealed), { ok: false, reason: 'misdirected' })
})

test('session_data lives fifteen minutes of the server time that came with the key', async (t) => {
  const { vault, clock, sealCard } = await testVault(t)
  const sealed = await sealCard()
  clock.now += 15 * MINUTE_MS
  assert.ok((await openCard(vault, sealed)).ok)
  clock.now += 1000
  assert.deepEqual(await openCard(vault, sealed), { ok: false, reason: 'too_old' })
})

test('a time the server did not hand out is not believed', async (t) => {
  const { vault, clock, sealCard } = await testVault(t)
  const { issued } = await vault.sealingKeys()
  const later = issued.replace(/^\d+/, (seconds) => String(Number(seconds) + 600))
  for (const forged of [later, '', '1', `${issued}A`, issued.slice(0, -1), `0${issued}`]) {
    const opened = await openCard(vault, await sealCard({ issued: forged }))
    assert.deepEqual(opened, { ok: false, reason: 'too_old' }, forged)
  }
  clock.now += 2 * MINUTE_MS
  const fromTheFuture = await sealCard()
  clock.now -= 2 * MINUTE_MS
  assert.deepEqual(await openCard(vault, fromTheFuture), { ok: false, reason: 'too_old' })
})

test('what the shopper typed wrong is told all at once, and no card is handed out', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const card = { number: '4242424242424241', expiry_month: 13, expiry_year: 1999, cvv: '17', name: ' ' }
  const opened = await openCard(vault, await sealCard({ card }))
  const problems = [
    'card_number_invalid',
    'card_expiry_month_invalid',
    'card_expiry_year_invalid',
    'cvv_invalid',
    'card_holder_invalid',
  ]
  assert.deepEqual(opened, { ok: false, reason: 'details', problems })
})

test('each thing wrong with a card has its code', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const amex = '345678901234564'
  const cases: [Record<string, unknown>, string[]][] = [
    [{ number: '4242 4242 4242 4242' }, ['card_number_invalid']],
    [{ expiry_month: 0 }, ['card_expiry_month_invalid']],
    [{ expiry_year: 30 }, ['card_expiry_year_invalid']],
    [{ cvv: '1234' }, ['cvv_invalid']],
    [{ cvv: '' }, ['cvv_invalid']],
    [{ number: amex, cvv: '123' }, ['cvv_invalid']],
    [{ number: amex, cvv: '1234' }, []],
    [{ cvv: undefined }, []],
    [{ name: 'my card 4242 4242 4242 4242' }, ['card_holder_invalid']],
    [{ preferred_scheme: 'visa' }, []],
    [{ preferred_scheme: 'mastercard' }, ['preferred_scheme_not_applicable']],
    [{ number: '4010061700000021', preferred_scheme: 'cartes_bancaires' }, []],
  ]
  for (const [change, problems] of cases) {
    const opened = await openCard(vault, await sealCard({ card: { ...CARD, ...change } }))
    assert.deepEqual(problemsOf(opened), problems, inspect(change))
  }
})

test("an expired card is a problem on the merchant's clock, when it is asked", async (t) => {
  const { vault, sealCard } = await testVault(t)
  const sealed = await sealCard({ card: { ...CARD, expiry_month: 10, expiry_year: 2026 } })
  const asked = { entity: ENTITIES[1], sessionId: SESSION }
  const problemsAt = async (at?: number) => {
    return problemsOf(await vault.open(sealed, at === undefined ? asked : { ...asked, at }))
  }
  assert.deepEqual(await problemsAt(Date.UTC(2026, 9, 31, 23)), [])
  assert.deepEqual(await problemsAt(Date.UTC(2026, 10, 1)), ['card_expired'])
  assert.deepEqual(await problemsAt(), [])
})

test('details that are not exactly of the known shape are refused', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const changes: Record<string, unknown>[] = [
    { v: 2 },
    { extra: 1 },
    { jti: 'not-a-uuid' },
    { jti: crypto.randomUUID().toUpperCase() },
    { amount: 10.5 },
    { amount: -1 },
    { amount: 1e12 },
    { amount: '1000' },
    { currency: 'gbp' },
    { method: 'ideal' },
    { method: 'card', card: undefined },
    { method: 'stored_card' },
    { method: 'Card' },
    { card: { ...CARD, number: 4242424242424242 } },
    { card: { ...CARD, pin: '1234' } },
    { card: [] },
    { card: null },
    { browser: { color_depth: 1.5 } },
    { browser: { user_agent: 'a\u0000b' } },
    { details: { nested: {} } },
    { stored: { instrument_id: 'src_nothing' }, method: 'stored_card', card: undefined },
  ]
  for (const change of changes) {
    const opened = await openCard(vault, await sealCard(change))
    assert.deepEqual(opened, { ok: false, reason: 'malformed' }, inspect(change))
  }
})

test('a method without a card brings its own details and the data of the browser', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const change = {
    method: 'ideal',
    card: undefined,
    holder: 'Ada',
    details: { bank: 'INGBNL2A' },
    browser: { user_agent: 'x', timezone_offset: -60, java_enabled: false },
    origin: 'https://shop.example',
  }
  const opened = await openCard(vault, await sealCard(change))
  assert.ok(opened.ok)
  const { nonce: _, holdShare: _share, ...details } = opened.details
  const { card: _card, ...expected } = change
  assert.deepEqual(details, { ...expected, storeConsent: false })
})

test('nothing shows the number or the CVV of what was opened, in any of twelve encodings', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const number = '5436031030606378'
  const opened = await openCard(vault, await sealCard({ card: { ...CARD, number, cvv: '917' } }))
  assert.ok(opened.ok && opened.details.card)
  const { card } = opened.details
  const error = new Error(`failed for ${card}`, { cause: card })
  const shown = [
    JSON.stringify(opened),
    inspect(opened, { depth: 20, showHidden: true, getters: true, showProxy: true }),
    inspect(vault, { depth: 20, showHidden: true }),
    `${card}`,
    inspect(error, { depth: 20 }),
    JSON.stringify(structuredClone(card)),
    JSON.stringify(Object.getOwnPropertyDescriptors(card)),
  ].join('\n')
  for (const [name, encoded] of Object.entries(encodingsOf(number))) assert.ok(!shown.includes(encoded), name)
  // Three digits turn up in random hexadecimal, too.
  const withoutIds = shown.replaceAll(card.fingerprint, '').replaceAll(opened.details.nonce, '')
  assert.ok(!withoutIds.includes('917'))

  // The control: what is looked for would have been found.
  const leak = inspect({ number, bytes: Buffer.from(number).toString('hex') })
  assert.ok(leak.includes(encodingsOf(number).plain) && leak.includes(encodingsOf(number).hex))
})

function encodingsOf(number: string) {
  const bytes = Buffer.from(number)
  const groups = number.match(/.{4}/g) ?? []
  const base64At = (offset: number) => {
    const text = Buffer.concat([Buffer.alloc(offset, 'x'), bytes]).toString('base64')
    return text.slice(offset === 0 ? 0 : 4, -4)
  }
  return {
    plain: number,
    spaced: groups.join(' '),
    dashed: groups.join('-'),
    reversed: [...number].reverse().join(''),
    hex: bytes.toString('hex'),
    reversedHex: Buffer.from([...bytes].reverse()).toString('hex'),
    base64: base64At(0),
    base64At1: base64At(1),
    base64At2: base64At(2),
    url: [...number].map((digit) => `%3${digit}`).join(''),
    utf16: [...number].join('\u0000'),
    inspectedBytes: bytes.toString('hex').replace(/..(?!$)/g, '$& '),
  }
}

test('a JWE of any other form is refused', async (t) => {
  const { vault, sealCard } = await testVault(t)
  const { keys, issued } = await vault.sealingKeys()
  const p256 = keys.find((key) => key.crv === 'P-256')
  const x25519 = keys.find((key) => key.crv === 'X25519')
  assert.ok(p256 && x25519)
  const good = await sealCard({}, 'P-256')
  assert.ok((await openCard(vault, good)).ok)
  const [head = '', , iv = '', text = '', tag = ''] = good.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString())
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const withHeader = (change: object) => [encoded({ ...header, ...change }), '', iv, text, tag].join('.')
  const flip = (part: string) => (part[0] === 'A' ? 'B' : 'A') + part.slice(1)

  const details = { v: 1, sid: SESSION, jti: crypto.randomUUID(), issued, method: 'card', card: CARD }
  const plaintext = new TextEncoder().encode(JSON.stringify(details))
  const ourKey = await importJWK({ kty: 'EC', crv: 'P-256', x: p256.x, y: p256.y as string }, 'ECDH-ES')
  type Key = Parameters<CompactEncrypt['encrypt']>[0]
  const encrypt = (protectedHeader: { alg: string; enc: string; [name: string]: unknown }, key: Key = ourKey) =>
    new CompactEncrypt(plaintext).setProtectedHeader(protectedHeader).encrypt(key)
  const { publicKey: rsa } = await generateKeyPair('RSA-OAEP')
  const kid = p256.kid
  const typ = 'slu-sd+jwe'

  // The control: the same maker, with our header, is believed.
  assert.ok((await openCard(vault, await encrypt({ alg: 'ECDH-ES', enc: 'A256GCM', kid, typ }))).ok)

  const attacks: Record<string, string> = {
    nothing: '',
    'alg none, as a JWS': `${encoded({ alg: 'none' })}.${encoded(details)}.`,
    'alg none, as a JWE': withHeader({ alg: 'none' }),
    'alg dir': withHeader({ alg: 'dir' }),
    'alg ECDH-ES+A256KW': await encrypt({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid, typ }),
    'alg RSA-OAEP': await encrypt({ alg: 'RSA-OAEP', enc: 'A256GCM', kid, typ }, rsa),
    'alg PBES2': await encrypt({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', kid, typ }, randomBytes(16)),
    'alg PBES2 with a huge count': withHeader({ alg: 'PBES2-HS256+A128KW', p2c: 2 ** 31, p2s: 'AAAA' }),
    'enc A128GCM': await encrypt({ alg: 'ECDH-ES', enc: 'A128GCM', kid, typ }),
    'enc A256CBC-HS512': await encrypt({ alg: 'ECDH-ES', enc: 'A256CBC-HS512', kid, typ }),
    'no typ': await encrypt({ alg: 'ECDH-ES', enc: 'A256GCM', kid }),
    'another typ': await encrypt({ alg: 'ECDH-ES', enc: 'A256GCM', kid, typ: 'JWT' }),
    zip: withHeader({ zip: 'DEF' }),
    crit: withHeader({ crit: ['exp'], exp: 1 }),
    jwk: withHeader({ jwk: { kty: 'EC', crv: 'P-256', x: p256.x, y: p256.y } }),
    jku: withHeader({ jku: 'https://attacker.example/jwks.json' }),
    x5u: withHeader({ x5u: 'https://attacker.example/cert.pem' }),
    'apu and apv': withHeader({ apu: 'AA', apv: 'AA' }),
    'a private key as epk': withHeader({ epk: { ...header.epk, d: header.epk.x } }),
    'an epk off the curve': withHeader({ epk: { ...header.epk, y: header.epk.x } }),
    'an epk of the other curve': withHeader({ epk: { kty: 'OKP', crv: 'X25519', x: x25519.x } }),
    'the kid of the other curve': withHeader({ kid: x25519.kid }),
    'a kid nobody made': withHeader({ kid: 'constructor' }),
    'a kid far away': withHeader({ kid: kid.replace(/^\d+/, '1') }),
    'a kid that is no text': withHeader({ kid: 7 }),
    'a header that is an array': [encoded([header]), '', iv, text, tag].join('.'),
    'a header that is no JSON': [Buffer.from('x').toString('base64url'), '', iv, text, tag].join('.'),
    'an encrypted key': [head, 'AAAA', iv, text, tag].join('.'),
    'tampered header': [encoded({ typ, ...header }), '', iv, text, tag].join('.'),
    'tampered iv': [head, '', flip(iv), text, tag].join('.'),
    'tampered text': [head, '', iv, flip(text), tag].join('.'),
    'tampered tag': [head, '', iv, text, flip(tag)].join('.'),
    'short tag': [head, '', iv, text, tag.slice(0, 16)].join('.'),
    'truncated text': [head, '', iv, text.slice(0, -4), tag].join('.'),
    'four parts': [head, '', iv, text].join('.'),
    'six parts': `${good}.`,
    'no text': [head, '', iv, '', tag].join('.'),
    padding: [head, '', iv, text, `${tag}==`].join('.'),
    'the other base64 alphabet': [head, '', iv, text.replace(/.$/, '+'), tag].join('.'),
    'white space': ` ${good}`,
    'a line break': `${good.slice(0, 100)}\n${good.slice(100)}`,
    'spare bits set': [head, '', iv, text, tag.replace(/.$/, (last) => nextInAlphabet(last))].join('.'),
    'too long': [head, '', iv, text + 'A'.repeat(16 * 1024), tag].join('.'),
  }
  for (const [name, attack] of Object.entries(attacks)) {
    assert.deepEqual(await openCard(vault, attack), { ok: false, reason: 'undecryptable' }, name)
  }
})

/** The last character of 16 bytes in base64url carries two bits of them: the next character differs in spare bits only. */
function nextInAlphabet(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(last) + 1] as string
}

test('keys of the last hour are accepted, and nothing can be opened once they are destroyed', async (t) => {
  const { vault, clock, sealCard, openNode, pool } = await testVault(t)
  const nextHour = Math.ceil((clock.now + 1) / HOUR_MS) * HOUR_MS
  clock.now = nextHour - 1000
  const sealed = await sealCard()
  const first = await vault.sealingKeys()

  clock.now = nextHour + 10 * MINUTE_MS
  assert.ok((await openCard(vault, sealed)).ok)
  const second = await vault.sealingKeys()
  assert.notDeepEqual(
    first.keys.map((key) => key.x),
    second.keys.map((key) => key.x),
  )
  assert.equal(await vault.destroyOldSealingKeys(), 0)

  clock.now = nextHour + HOUR_MS
  assert.equal((await openCard(vault, sealed)).ok, false)
  assert.equal(await vault.destroyOldSealingKeys(), 2)
  assert.equal(await vault.destroyOldSealingKeys(), 0)

  // Even a clock put back finds no key, on no node.
  clock.now = nextHour - 1000
  for (const node of [vault, await openNode()]) {
    assert.deepEqual(await openCard(node, sealed), { ok: false, reason: 'undecryptable' })
  }
  const { rows } = await pool.query('select count(*)::int as n from sealing_keys where slot < $1', [
    nextHour / HOUR_MS - 1,
  ])
  assert.equal(rows[0].n, 0)
})

test('nodes that start in the same hour share one generation of keys', async (t) => {
  const { openNode, clock } = await testVault(t)
  clock.now += HOUR_MS
  const nodes = await Promise.all([openNode(), openNode(), openNode()])
  const keys = await Promise.all(nodes.map((node) => node.sealingKeys()))
  for (const { keys: published } of keys) assert.deepEqual(published, keys[0]?.keys)
  assert.deepEqual(keys[0]?.keys.map((key) => key.crv).sort(), ['P-256', 'X25519'])
})

test('the published keys hold nothing private', async (t) => {
  const { vault } = await testVault(t)
  for (const key of (await vault.sealingKeys()).keys) {
    assert.deepEqual(
      Object.keys(key).sort(),
      key.crv === 'P-256' ? ['crv', 'kid', 'kty', 'x', 'y'] : ['crv', 'kid', 'kty', 'x'],
    )
  }
})
