/** Runs the tests, all or those named, with the databases they need; the runner's own counts come last. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '@sluice/cli/embedded-postgres'
import { builtFlow } from '@sluice/flow/built'
import { findPostgres15, startPostgres15 } from './postgres-15.ts'

const ROOT = join(import.meta.dirname, '..')
const EVERY_TEST = ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts']
const FOLDER_NAME = /^sluice-test-(\d+)-/
const TEST_TIMEOUT_MS = 180_000
const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const named = process.argv.slice(2).filter((word) => !word.startsWith('-'))
/** Such as `--test-name-pattern=…`, for the runner. */
const flags = process.argv.slice(2).filter((word) => word.startsWith('-'))
const files = globSync(named.length > 0 ? named : EVERY_TEST, { cwd: ROOT }).sort()
process.exitCode = await runTests()

async function runTests(): Promise<number> {
  if (files.length === 0) {
    process.stderr.write(`There is no test file ${named.join(' ')}\n`)
    return 1
  }
  if (files.some(drivesBrowser)) needChromium()
  await builtFlow() // once, before many processes want it
  await removeLeftovers()
  const folder = mkdtempSync(join(tmpdir(), `sluice-test-${process.pid}-`))
  // Losing a test's database in a power cut is no loss; waiting for the disk would be.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log: tell, settings })
  const programs15 = findPostgres15()
  const postgres15 = programs15 ? await startPostgres15(programs15, join(folder, 'postgres-15')) : undefined
  try {
    tell(
      `${files.length} test files; databases: embedded PostgreSQL 18${postgres15 ? ' and 15' : ', no 15 on this machine'}`,
    )
    return await runNodeTest({
      SLUICE_TEST_DATABASE_URL: postgres.url('postgres'),
      ...(postgres15 && { SLUICE_TEST_DATABASE_URL_15: postgres15.url }),
    })
  } finally {
    await Promise.all([postgres.stop('immediate'), postgres15?.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Resolves with the exit code: that of the runner, or 1 when no test ran at all. */
async function runNodeTest(databases: Record<string, string>): Promise<number> {
  const args = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec']
  args.push(`--test-concurrency=${availableParallelism()}`, `--test-timeout=${TEST_TIMEOUT_MS}`, ...flags, ...files)
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'node'),
      ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
      ...process.env,
      ...databases,
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))

  let counts: string[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text)
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (isCount(line, 'tests')) counts = []
      if (isCount(line)) counts.push(line)
    }
  })
  const status = await new Promise<number>((done) => child.once('close', (code) => done(code ?? 1)))

  if (status !== 0) process.stdout.write(`\n${counts.join('\n')}\n`) // the runner shows failures after its counts
  if (counts.some((line) => / [1-9]\d*\s*$/.test(plain(line)) && isCount(line, 'tests'))) return status
  process.stderr.write('No test ran.\n')
  return status || 1
}

/** `ℹ tests 12` */
function isCount(line: string, name = '(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms)'): boolean {
  return new RegExp(`^ℹ ${name} [\\d.]+$`).test(plain(line))
}

function plain(line: string): string {
  return line.replaceAll(/\u001b\[\d+m/g, '').trim()
}

/** A run that was killed leaves a folder with its process id in the name, and a server on it. */
async function removeLeftovers() {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(FOLDER_NAME.exec(name)?.[1])
    if (!pid || existsSync(`/proc/${pid}`) || process.platform !== 'linux') continue
    const folder = join(tmpdir(), name)
    try {
      if (await findEmbeddedPostgres(folder)) {
        await (await startEmbeddedPostgres({ dataDir: folder, log: tell })).stop('immediate')
      }
      rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      tell(`${folder} is left over from a killed run and cannot be removed: ${String(error)}`)
    }
  }
}

function drivesBrowser(file: string): boolean {
  return /playwright-core|support\/browser/.test(readFileSync(resolve(ROOT, file), 'utf8'))
}

/** Debian's own Chromium, installed when we may. */
function needChromium() {
  if (CHROMIUMS.some((path) => existsSync(path))) return
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (mayInstall) {
    tell('Installing chromium for the browser tests…')
    const options = {
      stdio: ['ignore', 2, 2] as ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }
    spawnSync('apt-get', ['update', '-q'], options)
    const { status } = spawnSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], options)
    if (status === 0) return
  }
  process.stderr.write('The browser tests need Chromium: run apt-get install chromium as root, then npm test again.\n')
  process.exit(1)
}

function tell(line: string) {
  process.stderr.write(`${line}\n`)
}
