import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const BENCH = fileURLToPath(new URL('../scripts/bench.js', import.meta.url))
const FIGURES = [
  'create_per_s',
  'create_p50_ms',
  'create_p99_ms',
  'bare_create_per_s',
  'ceiling_create_per_s',
  'create_vs_bare',
  'create_vs_ceiling',
  'read_per_s',
  'submit_per_s',
  'rss_mb',
  'events_published_per_s',
  'webhooks_delivered_per_s',
  'webhook_p50_ms',
  'webhook_p99_ms',
  'outage_noticed_s',
  'outage_drained_s',
  'ready_cold_ms',
  'ready_warm_ms',
]

test('the bench runs, prints every figure and writes it, and every invariant holds afterwards', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const json = join(folder, 'figures.json')

  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, '--quick', '--json', json])

  const report = JSON.parse(readFileSync(json, 'utf8'))
  for (const figure of FIGURES) {
    assert.ok(report[figure] > 0, `${figure} is ${report[figure]}`)
    assert.match(stdout, new RegExp(`^${figure} +[\\d.]+ `, 'm'))
  }
  assert.match(report.verified, /every invariant holds/)
  assert.ok(report.machine.cores > 0)
})
