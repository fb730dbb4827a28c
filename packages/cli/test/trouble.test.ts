/** Whatever keeps Sluice from starting is told in one line that says what is wrong and what to do. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { freshDatabase } from '../../../test/support/database.ts'
import { startEmbeddedPostgres } from '../src/embedded-postgres.ts'
import { assertOneLine, cleanEnvironment, dataFolder, freePorts, run, SLUICE, watch } from './support.ts'

async function startOn(dataDir: string, env: Record<string, string> = {}) {
  return run(['start', '--port', String(await freePorts()), '--data-dir', dataDir], env).ended
}

async function madeFolder(t: TestContext): Promise<string> {
  const dataDir = dataFolder(t)
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => {} })
  await postgres.stop()
  return dataDir
}

test('a busy port, of whichever listener', async (t) => {
  const dataDir = dataFolder(t)
  for (const listener of [0, 1, 2, 3]) {
    const port = await freePorts()
    const other = createServer().listen(port + listener, '127.0.0.1')
    const ended = await run(['start', '--port', String(port), '--data-dir', dataDir]).ended
    await new Promise((done) => other.close(done))
    assertOneLine(ended, new RegExp(`^Port ${port + listener} is in use by another program\\. .*--port \\d+`))
  }
})

test('a setting that cannot be used', async (t) => {
  const dataDir = dataFolder(t)
  assertOneLine(
    await run(['start', '--port', 'x', '--data-dir', dataDir]).ended,
    /^--port must be a whole number .*"x"/,
  )
  assertOneLine(await startOn(dataDir, { SLUICE_LOG_LEVEL: 'loud' }), /^SLUICE_LOG_LEVEL must be one of /)
  assertOneLine(await startOn(dataDir, { SLUICE_MODE: 'production' }), /^SLUICE_MASTER_KEY must be set in production/)
  const production = { SLUICE_MODE: 'production', SLUICE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
  const onPurpose = /^SLUICE_SCENARIO is for the sandbox/
  assertOneLine(await startOn(dataDir, { ...production, SLUICE_SCENARIO: 'slow-bank' }), onPurpose)
  const flag = ['start', '--mode', 'production', '--scenario', 'slow-bank', '--data-dir', dataDir]
  assertOneLine(await run(flag, production).ended, onPurpose)
  const elsewhere = ['start', '--listen', '203.0.113.9', '--keys', 'generated', '--data-dir', dataDir]
  assertOneLine(await run(elsewhere).ended, /^Cannot listen on 203/)
})

test('a database address that leads nowhere', async (t) => {
  const dataDir = dataFolder(t)
  const good = new URL(await freshDatabase(t))
  const changed = (change: (url: URL) => void) => {
    const url = new URL(good)
    change(url)
    return { SLUICE_DATABASE_URL: url.href }
  }
  const cases: [change: (url: URL) => void, line: RegExp][] = [
    [(url) => (url.port = '9'), /nothing listens on 127\.0\.0\.1:9\. /],
    [(url) => (url.hostname = 'no-such-host.invalid'), /no host no-such-host\.invalid/],
    [(url) => (url.password = 'wrong'), /refuses user sluice/],
    [(url) => (url.pathname = '/nowhere'), /no database nowhere/],
  ]
  for (const [change, line] of cases) assertOneLine(await startOn(dataDir, changed(change)), line)
  assertOneLine(
    await startOn(dataDir, { SLUICE_DATABASE_URL: 'mysql://x/y' }),
    /^SLUICE_DATABASE_URL must be a PostgreSQL /,
  )
})

test('a data folder that is broken is left as it is', async (t) => {
  const whole = await madeFolder(t)
  const breaks: [how: (dataDir: string) => void, line: RegExp][] = [
    [
      (dataDir) => truncateSync(join(dataDir, 'postgres/data/global/pg_control'), 0),
      /^PostgreSQL cannot open .*Restore a backup/,
    ],
    [(dataDir) => rmSync(join(dataDir, 'postgres/data/PG_VERSION')), /not a whole database\. Restore a backup/],
    [
      (dataDir) => writeFileSync(join(dataDir, 'postgres/data/PG_VERSION'), '14\n'),
      /is of PostgreSQL 14, this Sluice brings 18/,
    ],
    [(dataDir) => rmSync(join(dataDir, 'postgres/connection.json')), /connection\.json is missing/],
    [(dataDir) => writeFileSync(join(dataDir, 'postgres/connection.json'), '{'), /connection\.json is broken/],
    [(dataDir) => rmSync(join(dataDir, 'postgres/data'), { recursive: true }), /not a whole database/],
    [(dataDir) => writeFileSync(join(dataDir, 'lock'), 'not a lock'.repeat(1000)), /^Cannot lock /],
  ]
  for (const [how, line] of breaks) {
    const broken = dataFolder(t)
    cpSync(whole, broken, { recursive: true })
    how(broken)
    assertOneLine(await startOn(broken), line)
  }
})

test('a data folder that is a file, or that this user may not use', async (t) => {
  const dataDir = dataFolder(t)
  writeFileSync(dataDir, '')
  assertOneLine(await startOn(dataDir), /a file stands where a folder should be/)
  assertOneLine(await startOn(join(dataDir, 'below')), /a file stands where a folder should be/)

  const closed = dataFolder(t)
  mkdirSync(closed)
  if (process.getuid?.() === 0) {
    // root passes by permissions; a file system without writing stops root too
    assertOneLine(await startOn('/proc/sluice'), /^Cannot make \/proc\/sluice: /)
    return
  }
  chmodSync(closed, 0o000)
  assertOneLine(await startOn(closed), /permission denied/)
  chmodSync(closed, 0o700)
})

test('a full disk, at the first start and at a later one', async (t) => {
  const dataDir = dataFolder(t)
  mkdirSync(dirname(dataDir), { recursive: true })
  const start = `"${process.execPath}" "${SLUICE}" start --port ${await freePorts()} --data-dir "${dataDir}"`
  const script = (size: string, steps: string) =>
    `mkdir -p "${dataDir}" && mount -t tmpfs -o size=${size} tmpfs "${dataDir}" || exit 9\n${steps}`

  const tiny = await inOwnMounts(script('4m', start))
  assertOneLine(tiny, /^The disk that holds .* is full\. Free some space/)
  const nothing = await inOwnMounts(script('4m', `head -c 8m /dev/zero > "${dataDir}/filler" 2>/dev/null\n${start}`))
  assertOneLine(nothing, /^The disk that holds .* is full\. Free some space/)

  const made = `"${process.execPath}" "${SLUICE}" seed --entity One --data-dir "${dataDir}" >/dev/null 2>&1 || exit 8`
  const fill = `head -c 500m /dev/zero > "${dataDir}/filler" 2>/dev/null`
  const later = await inOwnMounts(script('200m', `${made}\n${fill}\n${start}`))
  assertOneLine(later, /^The disk that holds .* is full\. Free some space/)
})

test('while the disk is full a running Sluice says that it is not ready', async (t) => {
  const dataDir = dataFolder(t)
  const port = await freePorts()
  const ready = `curl -s -o /dev/null -w '%{http_code}\\n' http://localhost:${port}/health/ready`
  const { out } = await inOwnMounts(
    [
      `mkdir -p "${dataDir}" && mount -t tmpfs -o size=250m tmpfs "${dataDir}" || exit 9`,
      `"${process.execPath}" "${SLUICE}" start --port ${port} --data-dir "${dataDir}" >/dev/null 2>&1 &`,
      `for i in $(seq 200); do [ "$(${ready})" = 200 ] && break; sleep 0.1; done`,
      ready,
      `head -c 500m /dev/zero > "${dataDir}/filler" 2>/dev/null`,
      'sleep 1.5',
      ready,
      `rm "${dataDir}/filler"`,
      ready,
      'kill $!; wait $!',
    ].join('\n'),
  )
  assert.equal(out, '200\n503\n200\n')
})

/** A mount namespace: what is mounted in it is seen by nobody else and gone when it ends. */
function inOwnMounts(script: string) {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return watch(spawn('unshare', [...asRoot, '--mount', 'sh', '-c', script], { env: cleanEnvironment() })).ended
}
