import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FORMATS, isEmail, isIpv4, isIpv6, isLanguageTag, isText, isWebUrl, timestampMs } from '../src/wire/formats.ts'

test('no format throws or hangs on any text', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('\0', '\ud800', '.', ':', '-', '/', '@', '%', '1', 'a', 'T', 'Z', '🙂', '\\', ' '),
    }),
    fc.constantFrom(
      'a'.repeat(200_000),
      ':'.repeat(200_000),
      `a@${'a.'.repeat(100_000)}`,
      `https://${'a'.repeat(200_000)}`,
    ),
  )
  fc.assert(
    fc.property(nasty, (text) => {
      const before = performance.now()
      for (const check of Object.values(FORMATS)) assert.equal(typeof check(text), 'boolean')
      assert.ok(performance.now() - before < 1000)
    }),
  )
})

test('text holds no U+0000 and no half of a character', () => {
  assert.ok(isText('Ärger \n 🙂 \u202e'))
  for (const text of ['\0', 'a\ud83d', '\ude42a']) assert.ok(!isText(text))
})

test('a web address is absolute, http or https, and read alike by everybody', () => {
  for (const url of [
    'http://localhost:3000/ok',
    'HTTPS://Shop.Example',
    'https://shop.example?order=1',
    'https://[2001:db8::1]:8443/ok#x',
    'https://xn--mnchen-3ya.example/größe',
    'https://münchen.example/',
    'http://192.0.2.7/@user?mail=a@b',
  ]) {
    assert.ok(isWebUrl(url), url)
  }
  for (const url of [
    '',
    '/relative',
    '//shop.example',
    'shop.example',
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>',
    'file:///etc/passwd',
    'ftp://shop.example',
    'https:shop.example',
    'https:/shop.example',
    'https:///shop.example',
    'https:\\\\shop.example',
    'https://shop.example\\@evil.example',
    'https://user@shop.example',
    'https://user:secret@shop.example',
    'https://shop%2eexample',
    'https://shop.example/a b',
    'https://shop.example/a\tb',
    'https://shop.example/a\r\nSet-Cookie: x',
    ' https://shop.example',
    'https://shop.example ',
    'https://shop.example/\u0085',
    'https://shop.example/<script>',
    'https://shop.example/\ud800',
    'https://shop.example:99999/',
    'https://1.2.3.256/',
    'https://',
    'https://?x',
  ]) {
    assert.ok(!isWebUrl(url), url)
  }
})

test('an accepted web address has the host it shows', () => {
  fc.assert(
    fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
      assert.ok(isWebUrl(url))
      assert.equal(new URL(url).hostname, /^https?:\/\/([^/?#:]+)/.exec(url)?.[1]?.toLowerCase())
    }),
  )
})

test('any text that is accepted as a web address can be parsed, and leads to the web', () => {
  const almost = fc
    .string({ unit: fc.constantFrom('a', '.', ':', '/', '@', '\\', '%', '[', ']', '1', '?', '#', '-', 'ü', ' ', '\t') })
    .map((rest) => `http://${rest}`)
  fc.assert(
    fc.property(almost, (url) => {
      if (!isWebUrl(url)) return
      const parsed = new URL(url)
      assert.match(parsed.protocol, /^https?:$/)
      assert.equal(parsed.username + parsed.password, '')
    }),
    { numRuns: 2000 },
  )
})

test('a moment is ISO 8601 with a day that exists, and without an offset it is UTC', () => {
  const noon = Date.UTC(2026, 10, 22, 12)
  for (const text of [
    '2026-11-22T12:00:00Z',
    '2026-11-22T12:00Z',
    '2026-11-22T12:00:00',
    '2026-11-22t12:00:00z',
    '2026-11-22T12:00:00.0000000Z',
    '2026-11-22T13:30:00+01:30',
    '2026-11-22T13:30:00+0130',
    '2026-11-21T23:00:00-13:00',
  ]) {
    assert.equal(timestampMs(text), noon, text)
  }
  for (const text of [
    '2026-11-22',
    '2026-11-31T12:00:00Z',
    '2026-02-29T12:00:00Z',
    '2026-11-22T25:00:00Z',
    '2026-11-22T12:60:00Z',
    '2026-11-22T12:00:60Z',
    '2026-11-22 12:00:00Z',
    '2026-11-22T12:00:00.Z',
    '2026-11-22T12:00:00+25:00',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '+012026-11-22T12:00:00Z',
    '1763805600000',
  ]) {
    assert.equal(timestampMs(text), undefined, text)
  }
})

test('a moment is read as the language itself reads it', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      assert.equal(timestampMs(date.toISOString()), date.getTime())
    }),
  )
})

test('addresses of the internet are told from other text', () => {
  fc.assert(fc.property(fc.ipV4(), (address) => assert.ok(isIpv4(address) && !isIpv6(address))))
  fc.assert(fc.property(fc.ipV6(), (address) => assert.ok(isIpv6(address) && !isIpv4(address))))
  for (const text of ['', ':', ':::', '1::2::3', '::1%eth0', '[::1]', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '::g']) {
    assert.ok(!isIpv6(text), text)
  }
  for (const text of ['1.2.3', '1.2.3.4.', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1.2.3.4/8'])
    assert.ok(!isIpv4(text), text)
})

test('a locale is any well-formed BCP 47 tag', () => {
  for (const tag of [
    'en',
    'en-GB',
    'pl-PL',
    'fil-PH',
    'zh-Hant-TW',
    'es-419',
    'de-CH-1996',
    'en-u-ca-buddhist',
    'sr-Latn',
  ]) {
    assert.ok(isLanguageTag(tag), tag)
  }
  for (const tag of ['', 'e', 'en_GB', 'en-', '-en', 'en--GB', 'english language', 'en-GB,de', 'en\0']) {
    assert.ok(!isLanguageTag(tag), tag)
  }
})

test('e-mail addresses are what web forms accept, in any script', () => {
  for (const address of ['a@b', "o'hara+tag@sub.example.com", 'jörg@münchen.example', 'x_y-z.1@example.co.uk']) {
    assert.ok(isEmail(address), address)
  }
  for (const address of [
    '',
    'a',
    'a@',
    '@b',
    'a b@c',
    'a@b c',
    'a@b@c',
    'A <a@b.example>',
    'a@b..c',
    'a@.b',
    'a@-b',
    'a\n@b',
  ]) {
    assert.ok(!isEmail(address), address)
  }
})
