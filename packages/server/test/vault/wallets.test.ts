/** Tokens of wallets, as the simulator makes them in the genuine formats: opened, and refused for each thing that can be wrong. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { der, indefinite, oid, readAsn1, TAGS } from '@sluice/core/wallets/der'
import { isAppleValidationUrl } from '@sluice/core/wallets/apple-hosts'
import { isApplePayToken, isGooglePayToken, type ApplePayToken, type GooglePayToken } from '@sluice/core/wallets/tokens'
import { appleToken } from '../../../simulator/src/wallets/apple.ts'
import { WALLET_CARDS, type WalletCard } from '../../../simulator/src/wallets/cards.ts'
import { rootCertificate, signed } from '../../../simulator/src/wallets/certificates.ts'
import { googleRoots, googleToken } from '../../../simulator/src/wallets/google.ts'
import { walletKeys } from '../../../simulator/src/wallets/keys.ts'
import { walletContents } from '../../src/vault/card-tokens.ts'
import { openAppleToken } from '../../src/vault/wallets/apple.ts'
import { openGoogleToken } from '../../src/vault/wallets/google.ts'
import { recipientKey, WalletRefusal } from '../../src/vault/wallets/opened.ts'

const AT = Date.UTC(2026, 0, 15, 12)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const theirs = walletKeys(Buffer.alloc(32, 7))
const strangers = walletKeys(Buffer.alloc(32, 8))
const mine = recipientKey(Buffer.alloc(32, 9))
const another = recipientKey(Buffer.alloc(32, 10))
const [VISA] = WALLET_CARDS as [WalletCard]
const NUMBER_ONLY = WALLET_CARDS.find(({ auth }) => auth === 'PAN_ONLY') as WalletCard

function refused(work: () => unknown, reason: string) {
  assert.throws(work, (error) => {
    assert.ok(error instanceof WalletRefusal, String(error))
    assert.equal(error.reason, reason)
    return true
  })
}

test('Google Pay', async (t) => {
  const merchant = { id: 'merchant:m1', key: mine.publicPoint }
  const roots = googleRoots(theirs).keys
  const recipient = { id: 'merchant:m1', keys: [mine] }
  const make = (version: 'ECv1' | 'ECv2' = 'ECv2', card = VISA, keys = theirs) =>
    googleToken(keys, card, merchant, AT, version)
  const open = (token: GooglePayToken, changes: Partial<Parameters<typeof openGoogleToken>[1]> = {}) =>
    openGoogleToken(token, { roots, recipient, now: AT, ...changes })
  const changed = (token: GooglePayToken, change: (copy: GooglePayToken) => void) => {
    const copy = structuredClone(token)
    change(copy)
    return copy
  }

  for (const version of ['ECv1', 'ECv2'] as const) {
    await t.test(`${version}: a card with its proof, and one without`, () => {
      const { id, ...card } = open(make(version))
      assert.match(id, /^[0-9a-f-]{36}$/)
      assert.equal(Buffer.from(card.cryptogram ?? '', 'base64').length, 20)
      assert.deepEqual(
        { ...card, cryptogram: '' },
        {
          number: VISA.number,
          expiryMonth: VISA.expiryMonth,
          expiryYear: VISA.expiryYear,
          format: 'cryptogram_3ds',
          cryptogram: '',
          eci: '05',
        },
      )
      const { format, cryptogram, eci } = open(make(version, NUMBER_ONLY))
      assert.deepEqual([format, cryptogram, eci], ['pan_only', undefined, undefined])
    })
  }

  await t.test('the root is somebody else', () => {
    refused(() => open(make('ECv2', VISA, strangers)), 'intermediate signature')
    refused(() => open(make('ECv1', VISA, strangers)), 'signature')
    refused(() => open(make(), { roots: [] }), 'intermediate signature')
    refused(
      () => open(make(), { roots: roots.filter((root) => root.protocolVersion !== 'ECv2') }),
      'intermediate signature',
    )
  })

  await t.test('the root key is past its time, or the intermediate key is', () => {
    refused(
      () => open(make(), { roots: roots.map((root) => ({ ...root, keyExpiration: String(AT) })) }),
      'intermediate signature',
    )
    refused(() => open(make(), { now: AT + 2 * DAY }), 'intermediate key expired')
  })

  await t.test('the intermediate key is another, or says that it lives longer', () => {
    const token = make()
    const other = googleToken(strangers, VISA, merchant, AT)
    refused(
      () => open({ ...token, intermediateSigningKey: other.intermediateSigningKey as never }),
      'intermediate signature',
    )
    refused(
      () =>
        open(
          changed(token, ({ intermediateSigningKey: key }) => {
            if (key) key.signedKey = key.signedKey.replace(/\d{13}/, String(AT + 9 * DAY))
          }),
        ),
      'intermediate signature',
    )
  })

  await t.test('the message is another, or its signature', () => {
    const token = make()
    refused(() => open({ ...token, signedMessage: make().signedMessage }), 'signature')
    refused(() => open({ ...token, signature: make().signature }), 'signature')
    refused(() => open({ ...token, signature: 'AAAA' }), 'signature')
  })

  await t.test('it is for somebody else, by name and by key', () => {
    refused(() => open(make(), { recipient: { id: 'merchant:m2', keys: [mine] } }), 'signature')
    refused(() => open(make(), { recipient: { id: 'merchant:m1', keys: [another] } }), 'not for our key')
    assert.equal(open(make(), { recipient: { id: 'merchant:m1', keys: [another, mine] } }).number, VISA.number)
  })

  await t.test('it has expired', () => {
    assert.equal(open(make(), { now: AT + 59 * MINUTE }).number, VISA.number)
    refused(() => open(make(), { now: AT + 61 * MINUTE }), 'expired')
  })

  await t.test('whatever byte is changed, it is refused', () => {
    const token = make()
    fc.assert(
      fc.property(
        fc.constantFrom('signature', 'signedMessage', 'signedKey'),
        fc.nat(),
        fc.integer({ min: 1, max: 90 }),
        (where, at, by) => {
          const broken = changed(token, (copy) => {
            const twist = (text: string) => {
              const position = at % text.length
              const code = 33 + ((text.charCodeAt(position) - 33 + by) % 94)
              return text.slice(0, position) + String.fromCharCode(code) + text.slice(position + 1)
            }
            if (where === 'signedKey' && copy.intermediateSigningKey) {
              copy.intermediateSigningKey.signedKey = twist(copy.intermediateSigningKey.signedKey)
            } else if (where !== 'signedKey') copy[where as 'signature'] = twist(copy[where as 'signature'])
          })
          // Padding of base64 carries nothing: only a signature that decodes to other bytes is another one.
          const same = (one: string, other: string) => Buffer.from(one, 'base64').equals(Buffer.from(other, 'base64'))
          fc.pre(where !== 'signature' || !same(broken.signature, token.signature))
          assert.throws(() => open(broken), WalletRefusal)
        },
      ),
      { numRuns: 60 },
    )
  })

  await t.test('a token of another form is none', () => {
    const token = make()
    assert.equal(isGooglePayToken(token), true)
    assert.equal(isGooglePayToken({ ...token, more: 1 }), false)
    assert.equal(isGooglePayToken({ ...token, protocolVersion: 'ECv3' }), false)
    assert.equal(isGooglePayToken({ ...token, protocolVersion: 'ECv1' }), false)
    assert.equal(isGooglePayToken({ ...token, intermediateSigningKey: undefined }), false)
    assert.equal(isGooglePayToken({ ...token, signedMessage: 'x'.repeat(9_000) }), false)
  })
})

test('Apple Pay', async (t) => {
  const merchantId = 'merchant.example'
  const merchant = { id: merchantId, key: mine.publicKey }
  const root = rootCertificate(theirs)
  const recipient = { merchantId, keys: [mine] }
  const make = (keys = theirs, at = AT) => appleToken(keys, VISA, merchant, { amount: 1000, currency: 'EUR', at })
  const open = (token: ApplePayToken, changes: Partial<Parameters<typeof openAppleToken>[1]> = {}) =>
    openAppleToken(token, { root, recipient, now: AT, ...changes })

  await t.test('a card with its proof, and the sum that was approved', () => {
    const token = make()
    const { cryptogram, ...card } = open(token)
    assert.equal(Buffer.from(cryptogram ?? '', 'base64').length, 20)
    assert.deepEqual(card, {
      number: VISA.number,
      expiryMonth: VISA.expiryMonth,
      expiryYear: VISA.expiryYear,
      format: 'cryptogram_3ds',
      eci: '05',
      id: token.header.transactionId,
      approved: { amount: 1000, currency: '978' },
    })
  })

  await t.test('the root is somebody else', () => {
    refused(() => open(make(strangers)), 'certificate chain')
    refused(() => open(make(), { root: rootCertificate(strangers) }), 'certificate chain')
  })

  await t.test('a certificate of the chain does not bear the mark of Apple', () => {
    const token = make()
    const cms = Buffer.from(token.signature, 'base64')
    for (const mark of ['1.2.840.113635.100.6.29', '1.2.840.113635.100.6.2.14']) {
      const broken = Buffer.from(cms)
      const at = broken.indexOf(Buffer.from(oid(mark)))
      broken[at + oid(mark).length - 1] = (broken[at + oid(mark).length - 1] as number) ^ 1
      refused(() => open({ ...token, signature: broken.toString('base64') }), 'certificate marks')
    }
  })

  await t.test('it was signed too long ago, or in the future', () => {
    assert.equal(open(make(), { now: AT + 4 * MINUTE }).number, VISA.number)
    refused(() => open(make(), { now: AT + 6 * MINUTE }), 'signing time')
    refused(() => open(make(), { now: AT - 2 * MINUTE }), 'signing time')
  })

  await t.test('the certificates were not valid when it was signed', () => {
    const early = Date.UTC(2019, 5, 1)
    refused(() => open(make(theirs, early), { now: early }), 'certificate validity')
  })

  await t.test('what was signed is something else', () => {
    const token = make()
    const other = make()
    refused(() => open({ ...token, data: other.data }), 'digest')
    refused(() => open({ ...token, signature: other.signature }), 'digest')
    const { header } = token
    refused(() => open({ ...token, header: { ...header, transactionId: 'ab'.repeat(32) } }), 'digest')
    refused(
      () => open({ ...token, header: { ...header, ephemeralPublicKey: other.header.ephemeralPublicKey } }),
      'digest',
    )
    refused(() => open({ ...token, header: { ...header, applicationData: 'ab'.repeat(32) } }), 'digest')
  })

  await t.test('the signed attributes or the signature were changed', () => {
    const token = make()
    const cms = Buffer.from(token.signature, 'base64')
    const time = Buffer.from(cms)
    const at = time.lastIndexOf(Buffer.from(oid('1.2.840.113549.1.9.5')))
    // One second later.
    const last = at + oid('1.2.840.113549.1.9.5').length + 2 + 2 + 11
    time[last] = (time[last] as number) ^ 1
    refused(() => open({ ...token, signature: time.toString('base64') }), 'signature')
  })

  await t.test('it is for somebody else, by key and by name', () => {
    refused(() => open(make(), { recipient: { merchantId, keys: [another] } }), 'not for our key')
    refused(() => open(make(), { recipient: { merchantId: 'merchant.other', keys: [mine] } }), 'does not open')
    const hash = createHash('sha256').update(another.publicKey).digest('base64')
    const token = make()
    // The hash is not signed: with the key it names, it does not open.
    refused(
      () =>
        open(
          { ...token, header: { ...token.header, publicKeyHash: hash } },
          { recipient: { merchantId, keys: [another] } },
        ),
      'does not open',
    )
  })

  await t.test('a signature of ours over other content, and one that is no CMS', () => {
    const token = make()
    const over = signed(theirs, randomBytes(40), AT).toString('base64')
    refused(() => open({ ...token, signature: over }), 'digest')
    refused(() => open({ ...token, signature: 'AAAA' }), 'signature is malformed')
  })

  await t.test('whatever byte of the signature is changed, nothing but a refusal comes of it', () => {
    const token = make()
    const cms = Buffer.from(token.signature, 'base64')
    fc.assert(
      fc.property(fc.nat(cms.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const broken = Buffer.from(cms)
        broken[at] = (broken[at] as number) ^ by
        try {
          // What is neither signed nor used may differ.
          assert.equal(open({ ...token, signature: broken.toString('base64') }).number, VISA.number)
        } catch (error) {
          assert.ok(error instanceof WalletRefusal, String(error))
        }
      }),
      { numRuns: 300 },
    )
  })

  await t.test('a token of another form is none', () => {
    const token = make()
    assert.equal(isApplePayToken(token), true)
    assert.equal(isApplePayToken({ ...token, version: 'RSA_v1' }), false)
    assert.equal(isApplePayToken({ ...token, header: { ...token.header, more: 1 } }), false)
    assert.equal(isApplePayToken({ ...token, data: 'x!' }), false)
  })
})

test('ASN.1 is read strictly', async (t) => {
  await t.test('what was written is read again', () => {
    const written = der(TAGS.sequence, oid('1.2.840.113549.1.7.2'), der(TAGS.octets, new Uint8Array(300)))
    const { children } = readAsn1(written)
    assert.deepEqual(
      children.map(({ tag }) => tag),
      [TAGS.oid, TAGS.octets],
    )
    assert.deepEqual(readAsn1(indefinite(TAGS.sequence, written)).children[0]?.whole, written)
  })

  for (const [what, hex] of [
    ['cut off', '3003020101'.slice(0, -2)],
    ['followed by something', '020101ff'],
    ['longer than what holds it', '3003020301'],
    ['a length in too many bytes', '02810101'],
    ['a length with a leading zero', '0282000101'],
    ['an indefinite length that never ends', '3080020101'],
    ['an indefinite length of what is not constructed', '04800000'],
    ['a long tag', '1f8101'],
  ] as const) {
    await t.test(`${what}: refused`, () => assert.throws(() => readAsn1(Buffer.from(hex, 'hex')), /not ASN.1/))
  }

  await t.test('of any bytes it makes a value or an error, at once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          assert.equal(readAsn1(bytes).whole.length, bytes.length)
        } catch (error) {
          assert.match(String(error), /not ASN.1/)
        }
      }),
      { numRuns: 2000 },
    )
    assert.throws(() => readAsn1(Buffer.alloc(4000, Buffer.from('3080', 'hex'))), /too deep/)
  })
})

test("a token of ours keeps what Apple's shopper approved, beside the card", () => {
  const merchant = { id: 'merchant.m1', key: mine.publicKey }
  const token = appleToken(theirs, VISA, merchant, { amount: 1250, currency: 'GBP', at: AT })
  const opened = openAppleToken(token, {
    root: rootCertificate(theirs),
    recipient: { merchantId: 'merchant.m1', keys: [mine] },
    now: AT,
  })
  const address = { city: 'London', country: 'GB' }
  const kept = walletContents({ type: 'applepay', billing_address: address }, opened) as Record<string, unknown>
  assert.deepEqual(kept['approved'], { amount: 1250, currency: '826' })
  assert.deepEqual([kept['number'], kept['cryptogram']], [VISA.number, opened.cryptogram])
  assert.deepEqual(kept['billing_address'], address)
})

test('merchants are validated at addresses of Apple only', () => {
  const good = 'https://apple-pay-gateway.apple.com/paymentservices/startSession'
  const testing = 'https://apple-pay-gateway-cert.apple.com/paymentservices/startSession'
  assert.equal(isAppleValidationUrl(good, false), true)
  assert.equal(
    isAppleValidationUrl('https://cn-apple-pay-gateway-sh-pod2.apple.com/paymentservices/startSession', false),
    true,
  )
  assert.equal(isAppleValidationUrl(testing, false), false)
  assert.equal(isAppleValidationUrl(testing, true), true)
  for (const bad of [
    good.replace('https', 'http'),
    good.replace('apple.com', 'apple.com.evil.example'),
    good.replace('apple.com', 'apple.com:8443'),
    good.replace('https://', 'https://user@'),
    good.replace('https://', 'https://user:password@'),
    // A browser takes all before the @ for a name: this asks evil.example.
    'https://apple-pay-gateway.apple.com@evil.example/paymentservices/startSession',
    'https://evil.example\\@apple-pay-gateway.apple.com/paymentservices/startSession',
    good.replace('apple.com', 'apple.com.'),
    good.replace('apple.com', 'apple.com:443'),
    good.replace('apple.com', 'аpple.com'),
    good.replace('apple.com', 'apple.co'),
    good.replace('apple-pay-gateway.apple.com', 'evil-apple-pay-gateway.apple.com'),
    good.replace('apple-pay-gateway.apple.com', 'apple-pay-gateway-nc-pod6.apple.com'),
    good.replace('apple-pay-gateway.apple.com', 'apple.com'),
    good.replace('apple-pay-gateway.apple.com', 'localhost'),
    // An address of Apple's own, and of whoever runs a cloud's metadata.
    good.replace('apple-pay-gateway.apple.com', '17.171.78.7'),
    good.replace('apple-pay-gateway.apple.com', '169.254.169.254'),
    good.replace('apple-pay-gateway.apple.com', '[::1]'),
    good.replace('apple-pay-gateway.apple.com', '0x7f.1'),
    ` ${good}`,
    `${good}\n`,
    good.replace('://', ':\t//'),
    good.replace('/paymentservices', '//paymentservices'),
    good.replace('/paymentservices/startSession', '/paymentservices/startSession/'),
    good.replace('/paymentservices', '/paymentservices%2F..'),
    good.replace('https://', 'https://evil.example/'),
    good.replace('/paymentservices/startSession', '/paymentservices/../elsewhere'),
    `${good}?to=https://evil.example`,
    `${good}#x`,
    good.replace('apple-pay-gateway', 'APPLE-PAY-GATEWAY'),
    '',
  ]) {
    assert.equal(isAppleValidationUrl(bad, true), false, bad)
  }
})
