/** Apple Pay and Google Pay in production: what the settings must hold, what is offered with them, and whose tokens open. */
import assert from 'node:assert/strict'
import { createECDH, createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { APPLE_ROOT } from '@sluice/server/vault/wallets/apple-root'
import { readConfig } from '@sluice/server/config'
import { openContext } from '@sluice/server/main'
import { createEntity } from '@sluice/server/operations/create-entity'
import { merchantOf } from '@sluice/server/operations/merchant'
import { explainOffer } from '@sluice/server/operations/offer'
import { validateMerchant } from '@sluice/server/operations/wallets'
import { openExchange } from '@sluice/server/vault/send'
import { loadOwnWallets } from '@sluice/server/vault/wallets/own'
import { holdToken } from '@sluice/server/vault/wallets/wallet-ref'
import { generate } from 'selfsigned'
import { appleToken } from '../packages/simulator/src/wallets/apple.ts'
import { WALLET_CARDS, type WalletCard } from '../packages/simulator/src/wallets/cards.ts'
import { rootCertificate } from '../packages/simulator/src/wallets/certificates.ts'
import { googleRoots, googleToken } from '../packages/simulator/src/wallets/google.ts'
import { spkiOf, walletKeys } from '../packages/simulator/src/wallets/keys.ts'
import { freshDatabase } from './support/database.ts'

const NOW = Date.now()
const YEAR_MS = 365 * 86_400_000
const MERCHANT = 'merchant.com.example'
const PRODUCTION = {
  SLUICE_MODE: 'production',
  SLUICE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  SLUICE_API_URL: 'https://pay.example.com',
  SLUICE_FRAMES_URL: 'https://frames.example.com',
}
const [VISA] = WALLET_CARDS as [WalletCard]

/** UID: as Apple names a merchant in its certificates. */
const USER_ID = '0.9.2342.19200300.100.1.1'

async function makeCertificate({ until = NOW + YEAR_MS, name = 'example', merchant = MERCHANT } = {}) {
  const subject = [
    { name: USER_ID, value: merchant },
    { name: 'commonName', value: name },
  ]
  const made = await generate(subject, {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(until - 2 * YEAR_MS),
    notAfterDate: new Date(until),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2 as const, value: 'localhost' }] }],
  })
  return { cert: made.cert, key: made.private }
}

/** Files of a folder that goes away with the test. */
function folder(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-wallets-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return (name: string, content: string) => {
    const file = join(dir, name)
    writeFileSync(file, content)
    return file
  }
}

/** Everything set, each certificate good. */
async function everything(t: TestContext) {
  const file = folder(t)
  const [identity, processing, google] = await Promise.all([makeCertificate(), makeCertificate(), makeCertificate()])
  const apple = {
    SLUICE_APPLE_PAY_MERCHANT_ID: MERCHANT,
    SLUICE_APPLE_PAY_IDENTITY_CERT: file('identity.pem', identity.cert),
    SLUICE_APPLE_PAY_IDENTITY_KEY: file('identity.key', identity.key),
  }
  const opensApple = {
    SLUICE_APPLE_PAY_PROCESSING_CERT: file('processing.pem', processing.cert),
    SLUICE_APPLE_PAY_PROCESSING_KEY: file('processing.key', processing.key),
  }
  const id = { SLUICE_GOOGLE_PAY_MERCHANT_ID: 'BCR2DN4TXXXX' }
  const opensGoogle = { SLUICE_GOOGLE_PAY_KEYS: file('google.key', google.key) }
  const all = { ...PRODUCTION, ...apple, ...opensApple, ...id, ...opensGoogle }
  return { file, all, apple, opensApple, id, opensGoogle, processing, google, identity }
}

test('settings of wallets that do not go together are refused in one line', async (t) => {
  const { all, apple, opensApple, id } = await everything(t)
  const refusals: [env: Record<string, string>, line: RegExp][] = [
    [{ ...PRODUCTION, ...id, SLUICE_MODE: 'sandbox' }, /^SLUICE_GOOGLE_PAY_MERCHANT_ID is for production: [^\n]+\.$/],
    [
      { ...PRODUCTION, SLUICE_APPLE_PAY_MERCHANT_ID: MERCHANT },
      /^SLUICE_APPLE_PAY_MERCHANT_ID is set and SLUICE_APPLE_PAY_IDENTITY_CERT is not: give both, or neither\.$/,
    ],
    [
      { ...PRODUCTION, ...opensApple },
      /^SLUICE_APPLE_PAY_PROCESSING_CERT is set and SLUICE_APPLE_PAY_MERCHANT_ID is not/,
    ],
    [{ ...PRODUCTION, SLUICE_GOOGLE_PAY_KEYS: 'x.key' }, /^SLUICE_GOOGLE_PAY_KEYS is set and SLUICE_GOOGLE_PAY_MERCH/],
    [
      {
        ...PRODUCTION,
        ...apple,
        SLUICE_APPLE_PAY_PROCESSING_CERT: 'a.pem,b.pem',
        SLUICE_APPLE_PAY_PROCESSING_KEY: 'a',
      },
      /^SLUICE_APPLE_PAY_PROCESSING_CERT names 2 files and SLUICE_APPLE_PAY_PROCESSING_KEY 1: /,
    ],
    [{ ...all, SLUICE_APPLE_PAY_MERCHANT_ID: 'com.example' }, /^SLUICE_APPLE_PAY_MERCHANT_ID must be a merchant id/],
    [{ ...all, SLUICE_GOOGLE_PAY_MERCHANT_ID: 'a b' }, /^SLUICE_GOOGLE_PAY_MERCHANT_ID must be the merchant id of /],
    [{ ...all, SLUICE_GOOGLE_PAY_KEYS: 'a,,b' }, /^SLUICE_GOOGLE_PAY_KEYS must be files separated by commas/],
  ]
  for (const [env, line] of refusals) assert.throws(() => readConfig(env), { name: 'SettingError', message: line })
  assert.deepEqual(readConfig(PRODUCTION).wallets, {})
})

test('a file that cannot be used keeps Sluice from starting, and one line says which', async (t) => {
  const { file, all } = await everything(t)
  const other = await makeCertificate()
  const ended = await makeCertificate({ until: NOW - 1000 })
  const others = await makeCertificate({ merchant: 'merchant.com.other' })
  const load = (env: Record<string, string>) => () => loadOwnWallets(readConfig({ ...all, ...env }), NOW)
  assert.doesNotThrow(load({}))
  const notOnCurve = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
  const refusals: [env: Record<string, string>, line: RegExp][] = [
    [{ SLUICE_GOOGLE_PAY_KEYS: 'nowhere.key' }, /^SLUICE_GOOGLE_PAY_KEYS: nowhere\.key cannot be read \(ENOENT\)\.$/],
    [{ SLUICE_GOOGLE_PAY_KEYS: file('no.key', 'x') }, /^SLUICE_GOOGLE_PAY_KEYS: \S+ holds no private key in PEM/],
    [{ SLUICE_GOOGLE_PAY_KEYS: file('384.key', notOnCurve) }, /must be an elliptic curve key on P-256\.$/],
    [{ SLUICE_APPLE_PAY_IDENTITY_CERT: file('no.pem', 'x') }, /^SLUICE_APPLE_PAY_IDENTITY_CERT: \S+ holds no certifi/],
    [
      { SLUICE_APPLE_PAY_IDENTITY_KEY: file('other.key', other.key) },
      /^The key \S+ \(SLUICE_APPLE_PAY_IDENTITY_KEY\) does not belong to the certificate \S+ \(SLUICE_APPLE_PAY_IDENT/,
    ],
    [
      {
        SLUICE_APPLE_PAY_IDENTITY_CERT: file('others.pem', others.cert),
        SLUICE_APPLE_PAY_IDENTITY_KEY: file('others.key', others.key),
      },
      /^The certificate \S+ \(SLUICE_APPLE_PAY_IDENTITY_CERT\) is of merchant\.com\.other, and SLUICE_APPLE_PAY_MERCHANT_ID is merchant\.com\.example\.$/,
    ],
    [
      {
        SLUICE_APPLE_PAY_PROCESSING_CERT: file('ended.pem', ended.cert),
        SLUICE_APPLE_PAY_PROCESSING_KEY: file('ended.key', ended.key),
      },
      /^The certificate \S+ \(SLUICE_APPLE_PAY_PROCESSING_CERT\) ended on \d{4}-\d\d-\d\d: make a new one at Apple\.$/,
    ],
  ]
  for (const [env, line] of refusals) {
    assert.throws(load(env), ({ name, message }: Error) => {
      assert.equal(name, 'SettingError')
      assert.match(message, line)
      assert.equal(message.includes('\n'), false)
      return true
    })
  }
})

test("Apple's root is the one that Apple publishes", () => {
  const print = createHash('sha256').update(APPLE_ROOT).digest('hex')
  assert.equal(print, '63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179')
  const root = new X509Certificate(APPLE_ROOT)
  assert.ok(root.verify(root.publicKey))
})

test('in production', async (t) => {
  const set = await everything(t)

  /** The reasons of each wallet for a channel, where these settings are made. */
  async function open(env: Record<string, string>, settings: Record<string, unknown>) {
    const config = {
      ...readConfig({ ...PRODUCTION, ...env, SLUICE_LOG_LEVEL: 'silent' }),
      databaseUrl: await freshDatabase(t),
    }
    const { ctx, close } = await openContext(config, { jobs: false })
    t.after(close)
    await createEntity(ctx, { name: 'Shop', settings })
    const { rows } = await ctx.store.db.query<{ entity_key: number }>({
      name: 'entity_of_test',
      text: 'select entity_key from entities',
      values: [],
    })
    const { entity_key: entityKey } = rows[0] as { entity_key: number }
    const merchant = await merchantOf(ctx, entityKey)
    const [channel] = merchant.channels
    assert.ok(channel)
    const request = { amount: 1000, currency: 'GBP', billing: { address: { country: 'GB' } } }
    const offered = await explainOffer(ctx, entityKey, channel, request)
    const reasons = Object.fromEntries(
      offered
        .filter(({ type }) => type === 'applepay' || type === 'googlepay')
        .map(({ type, reasons: [reason] }) => [type, reason?.code]),
    )
    return { ctx, entityKey, merchant, reasons }
  }

  await t.test('nothing is offered that is not set up', async () => {
    const { ctx, entityKey, reasons } = await open({}, {})
    assert.deepEqual(reasons, {
      applepay: 'wallets_not_supported_by_processor',
      googlepay: 'wallets_not_supported_by_processor',
    })
    const asked = {
      validationUrl: 'https://apple-pay-gateway.apple.com/paymentservices/startSession',
      recipient: 'merchant',
      domain: 'shop.example',
    } as const
    const caller = { entityKey, channels: 'all' } as unknown as Parameters<typeof validateMerchant>[1]
    await assert.rejects(validateMerchant(ctx, caller, asked), { codes: ['action_not_allowed'] })
    // Its test hosts are for the sandbox.
    const testing = { ...asked, validationUrl: asked.validationUrl.replace('gateway', 'gateway-cert') }
    await assert.rejects(validateMerchant(ctx, caller, testing), { codes: ['validation_url_invalid'] })
  })

  await t.test('a channel that decrypts needs the keys, one that passes through only to be known there', async () => {
    const missing = { applepay: 'wallet_not_set_up', googlepay: 'wallet_not_set_up' }
    const known = { ...set.apple, ...set.id }
    assert.deepEqual((await open({}, { wallets: 'passthrough' })).reasons, missing)
    assert.deepEqual((await open(known, { wallets: 'decrypted' })).reasons, missing)
    const matches = { applepay: 'matches', googlepay: 'matches' }
    assert.deepEqual((await open(known, { wallets: 'passthrough' })).reasons, matches)
    assert.deepEqual((await open(set.all, { wallets: 'decrypted' })).reasons, matches)
    const half = await open({ ...set.apple, ...set.opensApple }, { wallets: 'decrypted' })
    assert.deepEqual(half.reasons, { applepay: 'matches', googlepay: 'wallet_not_set_up' })
  })

  await t.test('tokens for the merchant of the settings open, and for nobody else', async () => {
    const { ctx } = await open(set.all, { wallets: 'decrypted' })
    const theirs = walletKeys(Buffer.alloc(32, 7))
    const trust = { google: googleRoots(theirs).keys, appleRoot: rootCertificate(theirs) }
    const { google, apple } = ctx.vault.walletRecipients('ent_any')
    assert.deepEqual([google?.merchantId, apple?.merchantId], ['BCR2DN4TXXXX', MERCHANT])
    assert.equal(google?.publicKey, pointOf(set.google.key).toString('base64'))
    const point = spkiOf(pointOf(set.processing.key))
    assert.equal(apple?.publicKey, point.toString('base64'))
    const forGoogle = (id: string) => googleToken(theirs, VISA, { id, key: pointOf(set.google.key) }, NOW)
    const forApple = (id: string) =>
      appleToken(theirs, VISA, { id, key: point }, { amount: 1000, currency: 'GBP', at: NOW })
    const openOf = (type: 'googlepay' | 'applepay', token: object) =>
      ctx.vault.openWallet(holdToken(type, token as never), { entity: 'ent_any', trust })
    assert.equal(openOf('googlepay', forGoogle('merchant:BCR2DN4TXXXX')).ok, true)
    assert.equal(openOf('googlepay', forGoogle('merchant:ent_any')).ok, false)
    assert.equal(openOf('applepay', forApple(MERCHANT)).ok, true)
    assert.equal(openOf('applepay', forApple('merchant.com.other')).ok, false)
  })
})

test('Apple is shown the identity certificate', async (t) => {
  const [server, identity] = await Promise.all([makeCertificate(), makeCertificate({ name: 'merchant' })])
  const apple = createServer({ ...server, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate()
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ subject }))
  })
  await new Promise<void>((done) => apple.listen(0, '127.0.0.1', done))
  t.after(() => {
    apple.closeAllConnections()
    apple.close()
  })
  const url = `https://localhost:${(apple.address() as AddressInfo).port}/paymentservices/startSession`
  const call = async (shown?: typeof identity) => {
    const message = { method: 'POST', url, headers: {}, body: {} } as const
    return (await openExchange(server.cert, shown)(message, undefined, AbortSignal.timeout(10_000))).body
  }
  assert.deepEqual(await call(identity), { subject: { UID: MERCHANT, CN: 'merchant' } })
  assert.deepEqual(await call(), {})
})

/** The public half of a private key. */
function pointOf(pem: string): Buffer {
  const { d } = createPrivateKey(pem).export({ format: 'jwk' })
  const mine = createECDH('prime256v1')
  mine.setPrivateKey(Buffer.from(d as string, 'base64url'))
  return mine.getPublicKey()
}
