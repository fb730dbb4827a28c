/** The script of a shop's page, and the files of the frames, as they are handed out. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { flowFolder } from './support/flow-folder.ts'
import { readConfig } from '@sluice/server/config'
import { readFlowFiles } from '@sluice/server/http/flow-files'
import { startSluice } from './support/sluice.ts'

test('the files of Flow', async (t) => {
  const base = readConfig({})
  const sluice = await startSluice(t, { flow: flowFolder(t), config: { cardLayout: 'per-field' } })
  const { api, frames } = sluice.urls
  const { flow } = (await sluice.get('/.well-known/sluice')).body

  await t.test('index.js has the settings of the installation in it, and is asked about again soon', async () => {
    const answer = await fetch(`${api}/flow/index.js`)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin')
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.match(answer.headers.get('cache-control') ?? '', /max-age=300\b/)
    const window: { served?: unknown } = {}
    runInNewContext(await answer.text(), { window, JSON })
    const methods = `${api}/flow/9.8.7/methods.f6.js`
    assert.deepEqual(window.served, { frames, cardLayout: 'per-field', mode: 'sandbox', methods })
  })

  await t.test('whoever has it is told 304, in each encoding', async () => {
    for (const encoding of ['identity', 'gzip', 'br']) {
      const first = await raw(`${api}/flow/index.js`, { 'accept-encoding': encoding })
      assert.equal(first.status, 200)
      const again = await raw(`${api}/flow/index.js`, {
        'accept-encoding': encoding,
        'if-none-match': `"other", W/${first.headers.etag}`,
      })
      assert.equal(again.status, 304)
      assert.equal(again.bytes.length, 0)
      assert.equal(again.headers.etag, first.headers.etag)
    }
  })

  await t.test('it is compressed as the client asks: brotli before gzip', async () => {
    const plain = await raw(`${api}/flow/index.js`, { 'accept-encoding': 'identity' })
    const gzip = await raw(`${api}/flow/index.js`, { 'accept-encoding': 'gzip, br;q=0' })
    const brotli = await raw(`${api}/flow/index.js`, { 'accept-encoding': 'gzip, deflate, br' })
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(gzip.headers['content-encoding'], 'gzip')
    assert.equal(brotli.headers['content-encoding'], 'br')
    assert.equal(brotli.headers.vary, 'accept-encoding')
    assert.deepEqual(gunzipSync(gzip.bytes), plain.bytes)
    assert.deepEqual(brotliDecompressSync(brotli.bytes), plain.bytes)
    assert.equal(new Set([plain, gzip, brotli].map(({ headers }) => headers.etag)).size, 3)
  })

  await t.test('the versioned script never changes, and its published hash is that of what is sent', async () => {
    const answer = await fetch(flow.script)
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.match(flow.script, new RegExp(`^${api}/flow/9\\.8\\.7/index\\.[0-9a-f]{16}\\.js$`))
    const bytes = Buffer.from(await answer.arrayBuffer())
    assert.equal(flow.integrity, `sha384-${createHash('sha384').update(bytes).digest('base64')}`)
    assert.deepEqual(bytes, Buffer.from(await (await fetch(`${api}/flow/index.js`)).arrayBuffer()))
  })

  await t.test('what the script imports never changes either, and any page may', async () => {
    for (const name of ['methods.f6.js', 'methods-de.a7.js']) {
      const answer = await fetch(`${api}/flow/9.8.7/${name}`)
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
      assert.match(answer.headers.get('content-type') ?? '', /javascript/)
    }
  })

  await t.test('HEAD answers as GET does, without the bytes', async () => {
    for (const url of [`${api}/flow/index.js`, `${api}/flow/manifest.json`, flow.script]) {
      const [head, get] = await Promise.all([fetch(url, { method: 'HEAD' }), fetch(url)])
      assert.equal(head.status, 200)
      assert.equal(await head.text(), '')
      assert.deepEqual(
        [head.headers.get('etag'), head.headers.get('cache-control')],
        [get.headers.get('etag'), get.headers.get('cache-control')],
      )
    }
  })

  await t.test('manifest.json names version, script and integrity, for scripts of any page', async () => {
    const answer = await fetch(`${api}/flow/manifest.json`)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.deepEqual(await answer.json(), {
      version: '9.8.7',
      script: { url: flow.script, integrity: flow.integrity },
    })
  })

  await t.test('other names, other versions and paths out of the folder are 404', async () => {
    for (const path of ['9.8.6/index.js', '9.8.7/index.0000000000000000.js', 'page/index.js', '%2e%2e/manifest.json']) {
      const answer = await fetch(`${api}/flow/${path}`)
      assert.equal(answer.status, 404, path)
      assert.equal(answer.headers.get('cache-control'), 'no-store', 'a name that may be there after the next release')
    }
    for (const name of ['manifest.json', 'nothing.js', '..%2Fmanifest.json', '%2e%2e%2fpage%2findex.js']) {
      const answer = await fetch(`${frames}/frame/assets/${name}`)
      assert.deepEqual([answer.status, answer.headers.get('cache-control')], [404, 'no-store'], name)
    }
  })

  await t.test('assets of the frames never change, and are for their own origin', async () => {
    const types: Record<string, string> = {
      'keeper.a1.js': 'text/javascript; charset=utf-8',
      'fields.c3.css': 'text/css; charset=utf-8',
      'de.e5.json': 'application/json; charset=utf-8',
    }
    for (const [name, type] of Object.entries(types)) {
      const { status, headers } = await fetch(`${frames}/frame/assets/${name}`)
      assert.equal(status, 200, name)
      assert.equal(headers.get('content-type'), type)
      assert.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
      assert.equal(headers.get('access-control-allow-origin'), null)
    }
  })

  await t.test('nothing else of the API has CORS headers', async () => {
    for (const path of ['/.well-known/sluice', '/payment-sessions', '/returns/x']) {
      assert.equal((await fetch(api + path)).headers.get('access-control-allow-origin'), null, path)
    }
  })

  await t.test('a build without a place for the settings is refused at the start', () => {
    const folder = flowFolder(t)
    writeFileSync(join(folder, 'page/index.js'), 'void 0')
    assert.throws(() => readFlowFiles(folder, base), /no one place for the settings/)
  })

  await t.test('the settings find their place whatever quotes the build chose', () => {
    for (const quote of ['"', "'", '`']) {
      const folder = flowFolder(t)
      writeFileSync(join(folder, 'page/index.js'), `served(${quote}__SLUICE_SERVED__${quote})`)
      const { script } = readFlowFiles(folder, { ...base, urls: { ...base.urls, frames: 'https://f.example' } })
      const served = runInNewContext(script.file.bytes.toString(), { served: (text: string) => text })
      assert.equal(JSON.parse(served).frames, 'https://f.example')
    }
  })
})

test('flow_not_built: without the built files, /flow and the documents of the frames say so', async (t) => {
  const sluice = await startSluice(t, { flow: undefined })
  const answer = await sluice.get('/flow/index.js')
  assert.equal(answer.status, 404)
  assert.deepEqual(answer.body.error_codes, ['flow_not_built'])
  assert.equal((await sluice.get('/.well-known/sluice')).body.flow, undefined)
  const page = await fetch(`${sluice.urls.frames}/frame/keeper?key=pk_x`)
  assert.equal(page.status, 404)
  assert.match(await page.text(), /"flow_not_built"/)
})

/** As it comes over the wire: `fetch` would decompress it. */
function raw(url: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: Record<string, string>; bytes: Buffer }>((resolve, reject) => {
    const asked = request(url, { headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers as Record<string, string>,
          bytes: Buffer.concat(chunks),
        }),
      )
    })
    asked.once('error', reject).end()
  })
}
