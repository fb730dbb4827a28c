import assert from 'node:assert/strict'
import { request } from 'node:http'
import test from 'node:test'
import { SANDBOX_KEYS } from '@sluice/server/operations/seed'
import { assertOneLine, dataFolder, freePorts, run, startSluice } from './support.ts'

const SESSION = {
  amount: 1000,
  currency: 'GBP',
  billing: { address: { country: 'GB' } },
  success_url: 'https://example.com/success',
  failure_url: 'https://example.com/failure',
}

test('an address that other machines reach is refused with the published keys, in one line that says what to do', async (t) => {
  for (const address of ['0.0.0.0', '::', '192.0.2.7']) {
    const refused = await run(['start', '--listen', address, '--data-dir', dataFolder(t)]).ended
    assertOneLine(refused, /^Everybody knows the published keys, .* reach .*: add --keys generated, or listen on 127/)
  }
  const asked = run(['start', '--keys', 'published', '--data-dir', dataFolder(t)], { SLUICE_LISTEN: '0.0.0.0' })
  assertOneLine(await asked.ended, /add --keys generated/)
})

test('with generated keys only the merchants that the operator makes are known, on every address', async (t) => {
  const dataDir = dataFolder(t)
  const port = await freePorts()
  const env = {
    SLUICE_LISTEN: '0.0.0.0',
    SLUICE_KEYS: 'generated',
    SLUICE_HOSTS: 'pay.test',
    SLUICE_API_URL: 'https://api.test',
  }
  const sluice = await startSluice(t, dataDir, port, env)
  const { api } = sluice
  const post = (path: string, key: string, body: unknown) =>
    fetch(api + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  assert.equal((await post('/payment-sessions', SANDBOX_KEYS.secret, SESSION)).status, 401)
  assert.equal((await post('/sandbox/worlds', SANDBOX_KEYS.secret, {})).status, 401)

  const made = await run(['seed', '--entity', 'Northwind', '--data-dir', dataDir]).ended
  const { keys, processing_channel_id } = JSON.parse(made.out) as {
    keys: { secret: string }
    processing_channel_id: string
  }
  assert.equal((await post('/payment-sessions', keys.secret, { ...SESSION, processing_channel_id })).status, 201)
  assert.equal((await post('/sandbox/worlds', keys.secret, {})).status, 201)

  // Only who listens on every address answers at this one.
  assert.equal(await statusOf('127.0.0.2', port, 'pay.test'), 200)
  assert.equal(await statusOf('127.0.0.2', port, 'localhost'), 200)
  assert.equal(await statusOf('127.0.0.2', port, 'elsewhere.test'), 421)
  assert.equal(await statusOf('127.0.0.2', port, 'api.test'), 200, 'its public address is known to be its own')
  assert.equal(await statusOf('127.0.0.2', port + 3, 'api.test'), 421, 'and to nobody else’s')

  const shop = await (await fetch(`http://localhost:${port + 3}/`)).text()
  sluice.child.kill('SIGINT')
  const { code, out } = await sluice.ended
  assert.equal(code, 0)
  assert.match(out, /Listening on 0\.0\.0\.0; other machines reach it as pay\.test, api\.test\./)
  assert.match(out, /Make a merchant and its keys:\n\nnpx --no-install sluice seed --entity NAME --data-dir /)
  for (const text of [out, shop]) assert.ok(!/sluicesandbox|sluice-sandbox/.test(text), text)
})

test('where no name is given for other machines, the start says that none is answered', async (t) => {
  const env = { SLUICE_LISTEN: '0.0.0.0', SLUICE_KEYS: 'generated' }
  const sluice = await startSluice(t, dataFolder(t), await freePorts(), env)
  sluice.child.kill('SIGINT')
  assert.match((await sluice.ended).out, /Listening on 0\.0\.0\.0, but answering only for localhost: say with --hosts /)
})

test('generated keys are refused, in one line, on a database where the published ones work', async (t) => {
  const dataDir = dataFolder(t)
  const port = await freePorts()
  const published = await startSluice(t, dataDir, port)
  published.child.kill('SIGINT')
  await published.ended
  const args = ['start', '--keys', 'generated', '--port', String(port), '--data-dir', dataDir]
  assertOneLine(await run(args).ended, /^The published sandbox keys work on this database, .* --data-dir/)
})

function statusOf(host: string, port: number, name: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host, port, path: '/health/ready', headers: { host: name }, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
