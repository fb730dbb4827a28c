/** The test kit starts processes and makes folders: whatever becomes of the test, none of them stays. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ROOT } from './support/sources.ts'
import { eventually } from './support/sluice.ts'

const KIT = pathToFileURL(join(ROOT, 'packages/testing/src/main.ts')).href

/** Runs a program with the kit, in an empty folder and with a folder for temporary files that is its own. */
function run(t: TestContext, program: string, settings: { temporary?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-kit-test-'))
  const temporary = settings.temporary ?? mkdtempSync(join(folder, 'temporary-'))
  writeFileSync(join(folder, 'program.mjs'), `import { createSluice } from ${JSON.stringify(KIT)}\n${program}`)
  const child = spawn(process.execPath, ['program.mjs'], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (said.out += String(chunk)))
  child.stderr.on('data', (chunk) => (said.err += String(chunk)))
  const ended = new Promise<number | null>((done) => child.once('close', done))
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  return { child, temporary, said, ended }
}

/** Command lines of processes with the text in it: servers have their folder there. */
function processesWith(text: string): string[] {
  return globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
    try {
      const line = readFileSync(path, 'utf8').replaceAll('\0', ' ')
      return line.includes(text) ? [line] : []
    } catch {
      return [] // it has ended meanwhile
    }
  })
}

test('two in one process and a child beside them pay at once; closed, no process, port or folder is left', async (t) => {
  const { temporary, said, ended } = run(
    t,
    `
    import { once } from 'node:events'
    import { createServer } from 'node:http'

    const all = await Promise.all([createSluice(), createSluice(), createSluice({ as: 'child' })])
    const paid = await Promise.all(all.map(async (one) => {
      const { id } = await one.pay()
      await one.waitForWebhook({ type: 'payment_captured', data: { id } }, 60_000)
      return [...await one.verify(), (await one.get('/payments')).body.total_count]
    }))

    // They are closed while a receiver keeps a webhook waiting, and a test waits for another.
    let arrived = 0
    const silent = createServer(() => arrived++ && silent.emit('both')).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const both = once(silent, 'both')
    const url = 'http://127.0.0.1:' + silent.address().port + '/'
    const waiting = [all[0], all[2]].map((one) => one.waitForWebhook('payment_refunded', 600_000).catch(({ message }) => message))
    for (const one of [all[0], all[2]]) {
      const conditions = [{ type: 'entity', entities: [one.keys.entity] }]
      await one.post('/workflows', { name: 'Silent', conditions, actions: [{ type: 'webhook', url }] })
      await one.pay()
    }
    await both

    // Twice, and at once.
    await Promise.all(all.flatMap((one) => [one.close(), one.close()]))
    await all[0].close()
    silent.closeAllConnections()
    silent.close()
    const urls = all.flatMap(({ urls }) => Object.values(urls))
    const answered = await Promise.allSettled(urls.map((url) => fetch(url)))
    const deaf = answered.every(({ status }) => status === 'rejected')
    console.log(JSON.stringify({ paid, urls, deaf, waiting: await Promise.all(waiting) }))
    `,
  )
  assert.equal(await ended, 0, said.err)
  const { paid, urls, deaf, waiting } = JSON.parse(said.out)
  assert.deepEqual(paid, [[1], [1], [1]])
  assert.equal(new Set(urls).size, 12)
  assert.equal(deaf, true)
  for (const message of waiting) assert.match(message, /^the world was closed while a test waited for the webhook/)
  assert.deepEqual(readdirSync(temporary), [])
  assert.deepEqual(processesWith(temporary), [])
})

test('a test that is killed takes its server and its database with it', async (t) => {
  const { child, temporary, said } = run(t, `await createSluice(); console.log('up')`)
  await eventually(async () => said.out.includes('up') || hasEnded(child), 60_000)
  assert.equal(said.err, '')
  assert.notDeepEqual(processesWith(temporary), [])
  child.kill('SIGKILL')
  await eventually(async () => processesWith(temporary).length === 0 && readdirSync(temporary).length === 0, 30_000)
})

test('a start that fails says why in one line, and leaves nothing', async (t) => {
  const nowhere = join(tmpdir(), 'sluice-there-is-no-such-folder')
  for (const options of ['{}', `{ as: 'child' }`, `{ as: 'child', node: '${nowhere}' }`]) {
    const { said, ended } = run(t, `await createSluice(${options}).catch(({ message }) => console.log(message))`, {
      temporary: nowhere,
    })
    assert.equal(await ended, 0, said.err)
    assert.match(said.out, /^Sluice cannot be started: [^\n]*sluice-there-is-no-such-folder[^\n]*\n$/)
  }
})

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
