import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { connect } from 'node:tls'
import { readConfig } from '@sluice/server/config'
import { SANDBOX_KEYS } from '@sluice/server/operations/seed'
import type { Exchange } from '@sluice/server/processors/exchange'
import { openExchange } from '@sluice/server/vault/send'
import { generate } from 'selfsigned'
import { openRaw, sendRaw } from '../../server/test/http/raw.ts'
import { CARDS } from '../../../test/support/cards.ts'
import { client, eventually } from '../../../test/support/sluice.ts'
import { openCertificate } from '../src/certificate.ts'
import { assertOneLine, dataFolder, freePorts, run, startSluice, trust } from './support.ts'

const DAY_MS = 86_400_000

test('with --tls a card is sealed, submitted and captured over HTTPS alone', async (t) => {
  const dataDir = dataFolder(t)
  const port = await freePorts()
  const certificate = join(dataDir, 'tls.crt')
  const sluice = await startSluice(t, dataDir, port, { SLUICE_TLS: 'true' })

  await t.test('from session to capture', async () => {
    const shop = client(urlsFrom(port), SANDBOX_KEYS.secret)
    const session = await shop.requestSession()
    const submitted = await shop.submit(session, CARDS.approved)
    assert.equal(submitted.status, 201, submitted.text)
    await eventually(async () => (await shop.payment(submitted.body.id)).status === 'Captured')
    const [entry] = await shop.ledger()
    assert.equal(entry.of, submitted.body.id)
    assert.equal((await fetch(`https://localhost:${port + 3}/`)).status, 200, 'the demo shop')
  })

  await t.test('the command line seals a card when it is told which certificate to trust', async () => {
    const session = await client(urlsFrom(port), SANDBOX_KEYS.secret).requestSession()
    const card = ['--session', session.id, '--secret', session.payment_session_secret, '--card', '4242424242424242']
    const command = ['session-data', '--url', sluice.api, ...card]
    const sealed = await run([...command, '--cacert', certificate]).ended
    assert.equal(sealed.err, '')
    assert.match(sealed.out, /^eyJ[\w-]+\./)
    assert.equal((await run(command, { SLUICE_DATA_DIR: dataDir }).ended).code, 0)
    assertOneLine(await run([...command, '--cacert', join(dataDir, 'tls.key')]).ended, /^--cacert: .* no certificate/)
    const elsewhere = { SLUICE_DATA_DIR: dataFolder(t) }
    assertOneLine(await run(command, elsewhere).ended, /^Nothing answers at .* not trusted: name it with --cacert/)
  })

  await t.test('PATCH in lower case is taken over TLS, again and again on one connection', async () => {
    const connection = openRaw(port, connect({ port, host: '127.0.0.1', ca: readFileSync(certificate) }))
    for (const [method, size] of [
      ['patch', 2],
      ['patch', 140_000],
      ['PATCH', 2],
      ['patch', 2],
    ] as const) {
      const body = JSON.stringify({ text: 'x'.repeat(size) })
      const head = ['Host: localhost', 'Content-Type: application/json', `Content-Length: ${body.length}`]
      connection.write(`${[`${method} /no-such-thing HTTP/1.1`, ...head].join('\r\n')}\r\n\r\n${body}`)
      const answer = await connection.answer()
      assert.equal(answer?.status, 404)
      assert.deepEqual(JSON.parse(answer.body).error_codes, ['resource_not_found'])
    }
    connection.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.equal((await connection.answer())?.status, 200)
    connection.write('nonsense\r\n\r\n')
    assert.equal((await connection.answer())?.status, 400)
    await connection.closed
  })

  await t.test('who speaks plain HTTP is hung up on, and nobody else notices', async () => {
    assert.equal(await sendRaw(port, 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'), undefined)
    assert.equal((await fetch(`${sluice.api}/health/ready`)).status, 200)
  })

  await t.test('the books are compared over HTTPS', async () => {
    const { code, out } = await run(['verify', '--tls', '--port', String(port), '--data-dir', dataDir]).ended
    assert.match(out, /every invariant holds/)
    assert.equal(code, 0)
  })

  sluice.child.kill('SIGINT')
  const { code, out, err } = await sluice.ended
  assert.deepEqual({ code, err }, { code: 0, err: '' })
  assert.ok(out.includes(`certificate ${certificate}\n`), out)
  assert.equal(statSync(join(dataDir, 'tls.key')).mode & 0o777, 0o600)

  const kept = readFileSync(certificate, 'utf8')
  await startSluice(t, dataDir, port, { SLUICE_TLS: 'true' })
  assert.equal(readFileSync(certificate, 'utf8'), kept, 'clients that trust it need not be told again')
  const curl = /^curl --cacert [^]*?'\n/m.exec(out)?.[0] ?? ''
  assert.match(execFileSync('sh', ['-c', curl.replace('curl ', 'curl -sS ')], { encoding: 'utf8' }), /^{"id":"ps_/)
})

test('a certificate of one’s own is used, from an authority that only its clients know', async (t) => {
  const folder = filesFolder(t)
  const authority = await certificateFor(['Authority'], { cA: true })
  const issued = await certificateFor(['localhost'], { ca: authority })
  const cert = join(folder, 'server.crt')
  const key = join(folder, 'server.key')
  writeFileSync(cert, issued.cert)
  writeFileSync(key, issued.key)
  writeFileSync(join(folder, 'authority.crt'), authority.cert)

  const dataDir = dataFolder(t)
  const port = await freePorts()
  const command = run(
    ['start', '--tls', '--tls-cert', cert, '--tls-key', key, '--port', String(port), '--data-dir', dataDir],
    { SLUICE_LOG_LEVEL: 'warn' },
  )
  t.after(() => command.child.kill('SIGKILL'))
  trust(join(folder, 'authority.crt'))
  await eventually(
    () =>
      fetch(`https://localhost:${port}/health/ready`).then(
        (answer) => answer.ok,
        () => false,
      ),
    60_000,
  )
  const shop = client(urlsFrom(port), SANDBOX_KEYS.secret)
  assert.equal((await shop.submit(await shop.requestSession(), CARDS.approved)).status, 201)
  command.child.kill('SIGINT')
  assert.ok(!(await command.ended).out.includes('vouches for itself'))
})

test('calls to the simulator trust its certificate under its own names, and no other', async () => {
  const trusted = await certificateFor(['localhost'])
  const other = await certificateFor(['localhost'])
  const call = async (served: Pem, exchange: Exchange, host: string) => {
    const server = createServer(served, (_request, response) => void response.end('{}'))
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const url = `https://${host}:${port}/`
    return exchange({ method: 'GET', url, headers: {} }, undefined, AbortSignal.timeout(5_000)).finally(() => {
      server.closeAllConnections()
      server.close()
    })
  }
  const trusting = openExchange(trusted.cert)
  assert.equal((await call(trusted, trusting, 'localhost')).status, 200)
  for (const [served, exchange, host] of [
    [other, trusting, 'localhost'],
    [trusted, trusting, '127.0.0.1'],
    [trusted, openExchange(), 'localhost'],
  ] as const) {
    await assert.rejects(call(served, exchange, host), { name: 'ProcessorError', sent: 'no' })
  }
})

test('our own certificate is kept while it is good, and made anew when it nears its end, lacks a name or is broken', async (t) => {
  const dataDir = filesFolder(t)
  const certificate = join(dataDir, 'tls.crt')
  const now = Date.now()
  const open = async (hosts = '', at = now) => {
    const config = readConfig({ SLUICE_TLS: '1', SLUICE_DATA_DIR: dataDir, SLUICE_HOSTS: hosts })
    const opened = await openCertificate(config, at)
    assert.equal(opened?.cert, readFileSync(certificate, 'utf8'))
    return opened.cert
  }
  const first = await open()
  const names = new X509Certificate(first).subjectAltName
  for (const name of ['DNS:localhost', 'DNS:*.localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1']) {
    assert.ok(names?.split(', ').includes(name), names)
  }
  assert.equal(new X509Certificate(first).ca, false)
  assert.equal(await open('', now + 330 * DAY_MS), first)

  const renewed = await open('', now + 340 * DAY_MS)
  assert.notEqual(renewed, first)
  const named = await open('pay.test, 192.0.2.7, [2001:db8::1]')
  assert.notEqual(named, renewed)
  assert.equal(await open('pay.test, 192.0.2.7, [2001:db8::1]'), named)
  assert.equal(await open(), named, 'a name too many does no harm')
  assert.ok(new X509Certificate(named).checkHost('pay.test') && new X509Certificate(named).checkIP('2001:db8::1'))

  writeFileSync(certificate, 'broken')
  const mended = await open()
  writeFileSync(join(dataDir, 'tls.key'), (await certificateFor(['localhost'])).key)
  assert.notEqual(await open(), mended, 'a key that does not belong to it')
})

test('a certificate or key that cannot be used is one line that names the setting', async (t) => {
  const folder = filesFolder(t)
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const good = await certificateFor(['localhost'])
  const old = await certificateFor(['localhost'], { until: new Date(Date.now() - DAY_MS) })
  const other = await certificateFor(['pay.test'])
  const cert = file('good.crt', good.cert)
  const key = file('good.key', good.key)
  const missing = join(folder, 'missing.pem')

  const refusals: [args: string[], line: RegExp][] = [
    [['--tls-cert', cert, '--tls-key', key], /^SLUICE_TLS_CERT and SLUICE_TLS_KEY are for HTTPS: add --tls/],
    [['--tls', '--tls-cert', cert], /^SLUICE_TLS_CERT is set and SLUICE_TLS_KEY is not: give both/],
    [['--tls', '--tls-key', key], /^SLUICE_TLS_KEY is set and SLUICE_TLS_CERT is not: give both/],
    [['--tls', '--tls-cert', missing, '--tls-key', key], /^SLUICE_TLS_CERT: .*missing\.pem: there is no such file\./],
    [['--tls', '--tls-cert', cert, '--tls-key', folder], /^SLUICE_TLS_KEY: .* it cannot be read \(EISDIR\)\./],
    [['--tls', '--tls-cert', key, '--tls-key', key], /^SLUICE_TLS_CERT: .*good\.key holds no certificate in PEM\./],
    [['--tls', '--tls-cert', cert, '--tls-key', cert], /^SLUICE_TLS_KEY: .*good\.crt holds no private key in PEM/],
    [
      ['--tls', '--tls-cert', cert, '--tls-key', file('other.key', other.key)],
      /^The key .*other\.key \(SLUICE_TLS_KEY\) does not belong to the certificate .*good\.crt \(SLUICE_TLS_CERT\)\./,
    ],
    [
      ['--tls', '--tls-cert', file('old.crt', old.cert), '--tls-key', file('old.key', old.key)],
      /^The certificate .*old\.crt \(SLUICE_TLS_CERT\) ended on .*: renew it\./,
    ],
    [
      ['--tls', '--tls-cert', file('other.crt', other.cert), '--tls-key', join(folder, 'other.key')],
      /^The certificate .*other\.crt \(SLUICE_TLS_CERT\) is not for localhost, where Sluice calls its simulator/,
    ],
  ]
  for (const [args, line] of refusals) {
    assertOneLine(await run(['start', '--data-dir', dataFolder(t), ...args]).ended, line)
  }
})

function urlsFrom(port: number) {
  return {
    api: `https://localhost:${port}`,
    frames: `https://localhost:${port + 1}`,
    simulator: `https://localhost:${port + 2}`,
  }
}

function filesFolder(t: TestContext): string {
  const folder = dataFolder(t)
  mkdirSync(folder, { recursive: true })
  return folder
}

interface Pem {
  cert: string
  key: string
}

async function certificateFor(names: string[], options: { cA?: boolean; ca?: Pem; until?: Date } = {}): Promise<Pem> {
  const { cA = false, ca, until = new Date(Date.now() + 90 * DAY_MS) } = options
  const made = await generate([{ name: 'commonName', value: names[0] as string }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(until.getTime() - 100 * DAY_MS),
    notAfterDate: until,
    ...(ca && { ca }),
    extensions: [
      { name: 'basicConstraints', cA, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: cA, critical: true },
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    ],
  })
  return { cert: made.cert, key: made.private }
}
