import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { SANDBOX_ENTITY, SANDBOX_KEYS } from '@sluice/server/operations/seed'
import { freshDatabase, freshDatabase15 } from '../../../test/support/database.ts'
import { assertOneLine, dataFolder, freePorts, holderOf, run, startSluice } from './support.ts'

const REQUEST = { headers: { authorization: `Bearer ${SANDBOX_KEYS.secret}` } }

test('a first start prints a curl that works, Ctrl-C ends it, and the second start has the data', async (t) => {
  const dataDir = dataFolder(t)
  const port = await freePorts()
  const first = await startSluice(t, dataDir, port)
  first.child.kill('SIGINT')
  const { code, out, err } = await first.ended
  assert.equal(code, 0)
  assert.equal(err, '')
  for (const more of [0, 1, 2, 3]) assert.match(out, new RegExp(`http://localhost:${port + more}\\b`))
  assert.match(out, /Ctrl-C/)

  const second = await startSluice(t, dataDir, port)
  const curl = /^curl [^]*?'\n/m.exec(out)?.[0] ?? ''
  const session = JSON.parse(execFileSync('sh', ['-c', curl.replace('curl ', 'curl -sS ')], { encoding: 'utf8' })) as {
    id: string
  }
  assert.match(session.id, /^ps_/)
  second.child.kill('SIGTERM')
  assert.equal((await second.ended).code, 0)

  const third = await startSluice(t, dataDir, port)
  const answer = await fetch(`${third.api}/payment-sessions/${session.id}`, REQUEST)
  assert.equal(answer.status, 200)
  assert.equal((await fetch(`http://localhost:${port + 3}/`)).status, 200, 'the demo shop has its page')
})

test('a server killed with kill -9 is taken over by the next start', async (t) => {
  const dataDir = dataFolder(t)
  const port = await freePorts()
  const killed = await startSluice(t, dataDir, port)
  process.kill(holderOf(dataDir), 'SIGKILL')
  await killed.ended

  const next = await startSluice(t, dataDir, port)
  next.child.kill('SIGINT')
  const { code, out } = await next.ended
  assert.equal(code, 0)
  assert.match(out, /taking it over/)
})

test('a database killed with its server is recovered by the next start', async (t) => {
  const dataDir = dataFolder(t)
  const port = await freePorts()
  const killed = await startSluice(t, dataDir, port)
  const { pid } = JSON.parse(
    execFileSync('cat', [join(dataDir, 'postgres', 'connection.json')], { encoding: 'utf8' }),
  ) as {
    pid: number
  }
  process.kill(holderOf(dataDir), 'SIGKILL')
  process.kill(pid, 'SIGKILL')
  await killed.ended
  await startSluice(t, dataDir, port)
})

test('a PostgreSQL of one’s own is used instead, 15 where this machine has it, and left as it was found', async (t) => {
  const databaseUrl = (await freshDatabase15(t)) ?? (await freshDatabase(t))
  const dataDir = dataFolder(t)
  const sluice = await startSluice(t, dataDir, await freePorts(), { SLUICE_DATABASE_URL: databaseUrl })
  const made = await run(['seed', '--entity', 'Northwind', '--data-dir', dataDir], { SLUICE_DATABASE_URL: databaseUrl })
    .ended
  assert.equal(made.code, 0, made.err)
  sluice.child.kill('SIGTERM')
  assert.equal((await sluice.ended).code, 0)
  assert.equal(existsSync(join(dataDir, 'postgres')), false)
})

test('beside a running Sluice', async (t) => {
  const dataDir = dataFolder(t)
  const port = await freePorts()
  const sluice = await startSluice(t, dataDir, port)
  const { api } = sluice

  await t.test('two starts on one data folder: the second says that the first is running', async () => {
    const second = await run(['start', '--port', String(await freePorts()), '--data-dir', dataDir]).ended
    assertOneLine(second, /^Sluice is already running on .* at http:\/\/localhost:\d+ \(process \d+\)/)
    assert.ok(second.err.endsWith(`Stop it with: npx --no-install sluice stop --data-dir ${dataDir}\n`), second.err)
  })

  await t.test('what the data folder holds is for its owner only', () => {
    for (const name of ['', 'postgres', 'postgres/data'])
      assert.equal(statSync(join(dataDir, name)).mode & 0o077, 0, name)
    for (const name of ['running.json', 'postgres/connection.json', 'postgres/server.log', 'master.key']) {
      assert.equal(statSync(join(dataDir, name)).mode & 0o777, 0o600, name)
    }
  })

  await t.test('session-data prints the sealed card and nothing else, and a payment can be made with it', async () => {
    const headers = { ...REQUEST.headers, 'content-type': 'application/json' }
    const body = {
      amount: 1000,
      currency: 'GBP',
      billing: { address: { country: 'GB' } },
      success_url: 'https://example.com/success',
      failure_url: 'https://example.com/failure',
    }
    const created = await fetch(`${api}/payment-sessions`, { method: 'POST', headers, body: JSON.stringify(body) })
    const { id, payment_session_secret } = (await created.json()) as { id: string; payment_session_secret: string }
    const options = ['--url', api, '--session', id, '--secret', payment_session_secret, '--card', '4242 4242 4242 4242']
    const sealed = await run(['session-data', ...options]).ended
    assert.equal(sealed.err, '')
    assert.match(sealed.out, /^eyJ[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+\n$/)
    const submitted = await fetch(`${api}/payment-sessions/${id}/submit`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ session_data: sealed.out.trim() }),
    })
    assert.equal(submitted.status, 201)

    const forMerchant = ['--url', api, '--entity', SANDBOX_ENTITY, '--card', '4242424242424242']
    const sessionless = await run(['session-data', ...forMerchant]).ended
    assert.equal(sessionless.err, '')
    const completed = await fetch(`${api}/payment-sessions/complete`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...body, session_data: sessionless.out.trim() }),
    })
    assert.equal(completed.status, 201)
    const both = await run(['session-data', ...options, '--entity', SANDBOX_ENTITY]).ended
    assertOneLine(both, /^Name what is paid: --session with its --secret, or --entity/)

    assertOneLine(await run(['session-data', ...options.with(5, 'pss_0')]).ended, /^No session_data: /)
    assertOneLine(await run(['session-data', ...options.with(1, 'http://localhost:9')]).ended, /^Nothing answers at /)
  })

  await t.test(
    'merchants are made beside a running Sluice and without one, and stop ends it from elsewhere',
    async () => {
      const made = await run(['seed', '--entity', 'Northwind', '--data-dir', dataDir]).ended
      assert.equal(made.err, '')
      const { keys, processing_channel_id } = JSON.parse(made.out) as {
        keys: { secret: string; client_id: string }
        processing_channel_id: string
      }
      const answer = await fetch(`${sluice.api}/payment-sessions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${keys.secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          amount: 1000,
          currency: 'GBP',
          processing_channel_id,
          billing: { address: { country: 'GB' } },
          success_url: 'https://example.com/success',
          failure_url: 'https://example.com/failure',
        }),
      })
      assert.equal(answer.status, 201, await answer.text())

      const piped = run(['revoke', '--data-dir', dataDir])
      piped.child.stdin?.end(`${keys.secret}\n`)
      const revoked = await piped.ended
      assert.equal(revoked.err, '')
      assert.match(
        revoked.out,
        /^Revoked sk_sbox_…\w{4} of ent_[a-z2-7]{26}; it stops working within a few seconds\.\n$/,
      )
      assertOneLine(
        await run(['revoke', keys.secret, '--data-dir', dataDir]).ended,
        /^No key or client of this database/,
      )
      const client = await run(['revoke', keys.client_id, '--data-dir', dataDir]).ended
      assert.match(client.out, /^Revoked ack_/)

      const stop = await run(['stop', '--data-dir', dataDir]).ended
      assert.deepEqual(stop, { code: 0, out: 'Stopped. The data stays.\n', err: '' })
      assert.equal((await sluice.ended).code, 0)

      const again = await run(['seed', '--entity', 'Northwind', '--data-dir', dataDir]).ended
      assertOneLine(again, /^The merchant Northwind exists already/)
      const second = ['seed', '--entity', 'Northwind', '--channel', 'second', '--data-dir', dataDir]
      for (const [option, wrong] of [
        ['--creditor-id', 'DE00'],
        ['--merchant-category-code', 'shoes'],
        ['--merchant-country', 'XX'],
      ] as const) {
        assertOneLine(await run([...second, option, wrong]).ended, new RegExp(`^${option} must be `))
      }
      const issuers = ['--merchant-category-code', '5732', '--merchant-country', 'PT']
      const channel = await run([...second, ...issuers]).ended
      assert.notEqual(
        (JSON.parse(channel.out) as { processing_channel_id: string }).processing_channel_id,
        processing_channel_id,
      )
      const verified = await run(['verify', '--data-dir', dataDir, '--port', String(port)]).ended
      assert.match(verified.out, /every invariant holds/)
      assert.equal(verified.code, 0)
    },
  )
})
