/** Which addresses production sends to: whatever a URL says, and whatever a name resolves to. */
import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { isPublicAddress, publicLookup, type Resolve } from '../src/webhooks/addresses.ts'
import { isRefused, openWebhookSender } from '../src/webhooks/send.ts'

const PRIVATE = `0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.1.2.3 169.254.169.254
  169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255
  198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1
  ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:7f00:1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 fc00::1 fd00:ec2::254
  fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 2001::1 2001:2::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 3fff::1 4000::1
  localhost 1.2.3 example.com`.split(/\s+/)
const PUBLIC =
  `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 172.15.255.255
  172.32.0.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255 2606:4700::1111 2a00:1450::1
  2001:4860:4860::8888 2620:fe::fe`.split(/\s+/)

test('addresses of our own networks are told from those of the internet', () => {
  assert.deepEqual(PRIVATE.filter(isPublicAddress), [])
  assert.deepEqual(
    PUBLIC.filter((address) => !isPublicAddress(address)),
    [],
  )
})

test('a URL that leads into our own networks is refused in every spelling', () => {
  const hosts =
    `127.0.0.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 127.1 127.0.1 0 0.0.0.0 10.1 169.254.169.254 0xa9fea9fe
    2852039166 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [64:ff9b::7f00:1] [fe80::1]
    [fd00:ec2::254] [2002:7f00:1::] localhost LOCALHOST localhost. sub.localhost metadata.google.internal printer.local
    intranet db %6cocalhost ①②⑦.⓪.⓪.① 192。168。0。1`.split(/\s+/)
  assert.deepEqual(
    hosts.filter((host) => !isRefused(`https://${host}/x`)),
    [],
  )
  for (const url of ['http://shop.example/', 'https://shop.example:8443/', 'https://8.8.8.8:22/']) {
    assert.ok(isRefused(url), url)
  }
  for (const url of [
    'https://shop.example/',
    'https://shop.example:443/x?y',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
  ]) {
    assert.ok(!isRefused(url), url)
  }
})

test('a name is resolved once and connected to only when all its addresses are public', async () => {
  const answers: Record<string, string[]> = {
    good: ['8.8.8.8', '2606:4700::1111'],
    mixed: ['8.8.8.8', '10.0.0.1'],
    'mixed-six': ['2606:4700::1111', '::1'],
    metadata: ['169.254.169.254'],
    mapped: ['::ffff:169.254.169.254'],
    nat64: ['64:ff9b::a9fe:a9fe'],
    nothing: [],
  }
  let asked = 0
  const resolve: Resolve = (name, _options, done) => {
    asked++
    done(
      null,
      (answers[name] ?? []).map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  const look = (name: string, all: boolean) =>
    new Promise<unknown>((done) => {
      publicLookup(resolve)(name, { all }, (error, address) => done(error ? error.name : address))
    })
  assert.deepEqual(await look('good', false), '8.8.8.8')
  assert.equal(((await look('good', true)) as LookupAddress[]).length, 2)
  for (const name of ['mixed', 'mixed-six', 'metadata', 'mapped', 'nat64', 'nothing']) {
    assert.equal(await look(name, true), 'AddressRefused', name)
    assert.equal(await look(name, false), 'AddressRefused', name)
  }
  assert.equal(asked, 14)
})

test('in production nothing reaches a listener of our own, by name or by address', async (t) => {
  let connections = 0
  const server = createServer((_request, response) => void response.end()).on('connection', () => void connections++)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const resolve: Resolve = (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }])
  const send = openWebhookSender({ mode: 'production', now: Date.now, resolve })
  const message = { headers: {}, body: Buffer.from('{}') }
  for (const url of [
    `http://127.0.0.1:${port}/`,
    'https://127.0.0.1/',
    'https://rebinding.example/',
    'https://localhost/',
  ]) {
    const answer = await send({ ...message, url })
    assert.deepEqual([answer.succeeded, answer.error], [false, 'the address is not one of the public internet'], url)
  }
  assert.equal(connections, 0)
  const sandbox = openWebhookSender({ mode: 'sandbox', now: Date.now })
  assert.equal((await sandbox({ ...message, url: `http://127.0.0.1:${port}/` })).succeeded, true)
})
