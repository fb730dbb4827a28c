/** `npm run bench:flow`: what a shopper's browser loads and waits for; bench/README.md says what is measured. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { builtFlow } from '@sluice/flow/built'
import type { Page, Response } from 'playwright-core'
import { payButton, typeCard } from '../test/support/browser.ts'
import { openShop } from '../test/support/shop.ts'
import { client, SECRET_KEY } from '../test/support/client.ts'
import { machineFacts, median } from './report.ts'
import { startSluice } from './sluice.ts'

/** Bytes of every script, style and JSON file for one card payment, each compressed by gzip -9. */
const BUDGET = 45_000
/** A card payment: in sandbox wallets would be offered beside it, each with code of its own. */
const CARD_ONLY = { enabled_payment_methods: ['card'] }
const SLOW_DOWN = 4
const AIM_MS = 400

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
})
const rounds = options.quick ? 3 : 15
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-flow-'))
/** Undone in the opposite order, whatever happens. */
const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
const life = { after: (step: () => unknown) => void undo.push(step) }
try {
  await builtFlow()
  const running = await startSluice({ dataDir: join(folder, 'data') })
  undo.push(running.stop)
  const sluice = client({ api: running.api, frames: running.frames, simulator: '' }, SECRET_KEY)
  const loaded = await measurePayment(sluice)
  const waited = await measureReady(sluice)
  report(loaded, waited)
} finally {
  for (const step of undo.reverse()) await step()
}

type Client = ReturnType<typeof client>

interface LoadedFile {
  url: string
  plain: number
  gzip: number
  brotli: number
}

/** One payment in a browser that has never been here: every answer from our origins. */
async function measurePayment(sluice: Client): Promise<{ files: LoadedFile[]; requests: number }> {
  tell('a card payment with an empty cache')
  const session = await sluice.requestSession(CARD_ONLY)
  const { page, start, waitFor } = await openShop(life, sluice, { session, scripts: [] })
  const answers: Response[] = []
  page.on('response', (answer) => {
    if (Object.values(sluice.urls).some((url) => url !== '' && answer.url().startsWith(`${url}/`))) answers.push(answer)
  })
  await page.addScriptTag({ url: `${sluice.urls.api}/flow/index.js` })
  await start()
  await waitFor('onReady')
  await typeCard(page, { number: '4242424242424242' })
  await payButton(page).click()
  await waitFor('onPaymentCompleted')
  const files = answers.filter((answer) => /^\/(flow|frame\/assets)\//.test(new URL(answer.url()).pathname))
  return { files: await Promise.all(files.map(weigh)), requests: answers.length }
}

async function weigh(answer: Response): Promise<LoadedFile> {
  const body = await answer.body()
  return {
    url: answer.url(),
    plain: body.length,
    gzip: gzipSync(body, { level: 9 }).length,
    brotli: brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
  }
}

/** From `mount()` to `onReady`, and from the first call to `onReady`, on a slow processor with a warm cache. */
async function measureReady(sluice: Client): Promise<{ mountMs: number; startMs: number }> {
  const mounts: number[] = []
  const starts: number[] = []
  const session = await sluice.requestSession(CARD_ONLY)
  const { page, start, waitFor, url } = await openShop(life, sluice, { session })
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Emulation.setCPUThrottlingRate', { rate: SLOW_DOWN })
  for (let round = 0; round <= rounds; round++) {
    await page.goto(url)
    await start()
    await waitFor('onReady')
    const times = await timesOf(page)
    if (round === 0) continue // the first one fills the cache
    mounts.push(times.ready - times.mounted)
    starts.push(times.ready - times.started)
    tell(`ready ${Math.round(times.ready - times.mounted)} ms after mount, round ${round} of ${rounds}`)
  }
  return { mountMs: median(mounts), startMs: median(starts) }
}

function timesOf(page: Page): Promise<{ started: number; mounted: number; ready: number }> {
  return page.evaluate('shop.times')
}

function report(
  { files, requests }: Awaited<ReturnType<typeof measurePayment>>,
  ready: { mountMs: number; startMs: number },
) {
  const sum = (of: (file: LoadedFile) => number) => files.reduce((total, file) => total + of(file), 0)
  const figures = {
    flow_gzip_bytes: sum(({ gzip }) => gzip),
    flow_brotli_bytes: sum(({ brotli }) => brotli),
    flow_plain_bytes: sum(({ plain }) => plain),
    flow_requests: requests,
    flow_files: files.length,
    mount_to_ready_ms: Math.round(ready.mountMs),
    start_to_ready_ms: Math.round(ready.startMs),
  }
  for (const { url, gzip, brotli, plain } of files) {
    say(
      `${String(gzip).padStart(7)} gzip ${String(brotli).padStart(7)} brotli ${String(plain).padStart(7)} plain  ${new URL(url).pathname}`,
    )
  }
  say(`flow_gzip_bytes      ${figures.flow_gzip_bytes}  (budget ${BUDGET})`)
  say(`flow_brotli_bytes    ${figures.flow_brotli_bytes}`)
  say(`flow_files           ${figures.flow_files}`)
  say(`flow_requests        ${figures.flow_requests}  (documents and calls included)`)
  say(`mount_to_ready_ms    ${figures.mount_to_ready_ms}  (processor slowed ${SLOW_DOWN}x, warm cache; aim ${AIM_MS})`)
  say(`start_to_ready_ms    ${figures.start_to_ready_ms}  (from CheckoutWebComponents() on)`)
  if (options.json) {
    writeFileSync(options.json, `${JSON.stringify({ ...figures, files, machine: machineFacts() }, undefined, 2)}\n`)
  }
  if (figures.flow_gzip_bytes > BUDGET) {
    say(`${figures.flow_gzip_bytes - BUDGET} bytes over the budget`)
    process.exitCode = 1
  }
}

function say(line: string) {
  process.stdout.write(`${line}\n`)
}

function tell(line: string) {
  process.stderr.write(`${line}\n`)
}
