import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createOrder, createSessions, submitOrder, readOrder } from './loads.ts'
import { startLoadGenerator } from './load-generator.ts'
import { startSluice } from './sluice.ts'
import { startHandlers } from './handlers.ts'
const what = process.argv[2]
const dir = mkdtempSync('/tmp/adhoc-')
process.env.SLUICE_LOG_LEVEL = process.env.LOGL ?? 'info'
if (process.env.NAP) { const one = await startSluice({ dataDir: dir }); await one.stop(); const { appendFileSync, globSync } = await import('node:fs'); appendFileSync(globSync(`${dir}/**/postgresql.auto.conf`)[0]!, `autovacuum_naptime = 2\n`) }
const sluice = await startSluice({ dataDir: dir, ...(process.argv[3] && {profile: process.argv[3]}) })
const load = startLoadGenerator()
function cpu() { // ms by kind
  const out: Record<string, number> = {}
  for (const pid of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const cmd = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      const st = readFileSync(`/proc/${pid}/stat`, 'utf8'); const f = st.slice(st.lastIndexOf(')') + 2).split(' ')
      const ms = (Number(f[11]) + Number(f[12])) * 10
      const cwd = (() => { try { return require('fs').readlinkSync(`/proc/${pid}/cwd`) } catch { return '' } })()
      let kind
      if (cmd.includes('sluice.js start') && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(dir)) kind = 'sluice'
      else if (/handler.ts bare/.test(cmd)) kind = 'bare'
      else if (/handler.ts coal/.test(cmd)) kind = 'coal'
      else if (/load.ts/.test(cmd)) kind = 'load'
      else if (/postgres/.test(cmd) && (cwd.includes(dir))) kind = 'pg'
      if (kind) out[kind] = (out[kind] ?? 0) + ms
    } catch {}
  }
  return out
}
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
async function measured(name: string, order: any, count?: number) {
  const a = cpu(), t = performance.now()
  const r = await load.run(order)
  const s = (performance.now() - t) / 1000
  const b = cpu(); const n = count ?? r.perSecond * s
  console.log(name, Math.round(r.perSecond) + '/s', 'p50', r.p50Ms, 'cpu us/request:', Object.entries(b).map(([k, v]) => [k, Math.round((v - (a[k] ?? 0)) * 1000 / n)]).filter(([, v]) => (v as number) > 5).join('  '))
}
try {
  if (what === 'create') {
    const h = await startHandlers(sluice.databaseUrl)
    for (let i = 0; i < 3; i++) {
      await measured('sluice', createOrder(sluice.api, i ? 4 : 2))
      await measured('bare', createOrder(h.bare.url, i ? 4 : 2))
      await measured('ceiling', createOrder(h.ceiling.url, i ? 4 : 2))
    }
    await h.stop()
  }
  if (what === 'long') { await measured('warm', createOrder(sluice.api, 6)); for (let i = 0; i < 3; i++) await measured('sluice', createOrder(sluice.api, 6)) }
  if (what === 'read') { const s = await createSessions(sluice, 1024); for (let i = 0; i < 3; i++) await measured('read', readOrder(sluice, s, 3)) }
  if (what === 'submit') { for (let i = 0; i < 4; i++) await measured('submit', await submitOrder(sluice, await createSessions(sluice, 512)), 512) }
  if (process.env.STATS) {
    const pg = (await import('pg')).default
    for (const db of ['sluice', 'sluice_simulator']) {
      const u = new URL(sluice.databaseUrl); u.pathname = '/' + db
      const c = new pg.Client({ connectionString: u.href }); await c.connect()
      console.log(db); console.table((await c.query('select relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch, n_tup_ins, n_tup_upd, n_live_tup from pg_stat_user_tables where seq_tup_read > 1000 or n_tup_ins > 0 order by seq_tup_read desc limit 12')).rows)
      console.table((await c.query('select indexrelname, idx_scan, idx_tup_read, idx_tup_fetch, (idx_tup_read/greatest(idx_scan,1)) per from pg_stat_user_indexes where idx_scan > 0 order by idx_tup_read desc limit 10')).rows)
      console.table((await c.query('select xact_commit, xact_rollback, blks_hit from pg_stat_database where datname = current_database()')).rows)
      await c.end()
    }
  }
} finally { load.stop(); await sluice.stop(); rmSync(dir, { recursive: true, force: true }) }
