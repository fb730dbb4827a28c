/** Types, lint, format, dead code, an honest lockfile; in CI also that nothing of it changed the working tree. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const TSCONFIGS = [
  'tsconfig.json',
  'test/flow/tsconfig.json',
  'packages/*/tsconfig.json',
  'packages/*/{build,test}/tsconfig.json',
]

/** Runs a tool's own script under this Node: the one on the PATH may be too old for it. */
function node(script: string, ...args: string[]): string[] {
  return [process.execPath, join('node_modules', script), ...args]
}

const checks: [what: string, command: string[]][] = [
  ...globSync(TSCONFIGS, { cwd: ROOT })
    .sort()
    .map((path): [string, string[]] => [`types ${path}`, node('typescript/bin/tsc', '-p', path)]),
  ['lint', node('oxlint/bin/oxlint', '--type-aware', '--deny-warnings')],
  ['format', node('@biomejs/biome/bin/biome', 'format', '.')],
  ['dead code', node('knip/bin/knip.js', '--no-progress')],
  ['lockfile', ['npm', 'ci', '--dry-run', '--ignore-scripts']],
]
if (process.env.CI === 'true') checks.push(['clean tree', ['git', 'status', '--porcelain']])

let failed = 0
for (const [what, [program = '', ...args]] of checks) {
  const since = performance.now()
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' })
  const good = status === 0 && !(what === 'clean tree' && stdout !== '')
  const seconds = ((performance.now() - since) / 1000).toFixed(1)
  process.stdout.write(`${good ? 'ok  ' : 'FAIL'} ${what} (${seconds} s)\n`)
  if (good) continue
  failed += 1
  process.stdout.write(`${error?.message ?? ''}${stdout}${stderr}\n`)
}
process.stdout.write(failed === 0 ? 'All checks passed.\n' : `${failed} of ${checks.length} checks failed.\n`)
process.exitCode = failed === 0 ? 0 : 1
