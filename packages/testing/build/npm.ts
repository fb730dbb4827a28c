/**
 * Makes the folder that is published to npm: `node packages/testing/build/npm.ts [FOLDER]`, then `npm publish FOLDER`.
 *
 * Node strips no types inside `node_modules`, and the other packages of Sluice are not published: so what the kit needs of
 * them is in it, compiled file by file in the folders it has here. What finds its files beside itself (migrations, versions,
 * Flow) finds them there too.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { builtFlow } from '@sluice/flow/built'

const PACKAGES = join(import.meta.dirname, '../..')
const ROOT = join(PACKAGES, '..')
const PACKAGE = join(PACKAGES, 'testing')
/** What a test imports, and the program that the kit starts. */
const ENTRIES = ['main', 'playwright', 'apart'].map((name) => join(PACKAGE, 'src', `${name}.ts`))
const EXPORTS = { '.': 'testing/src/main', './playwright': 'testing/src/playwright' }
/** What Sluice needs, as the front door says. */
const NODE = '>=22.19'
const FLOW_BUILT = '@sluice/flow/built'

/** `from '…'`, `import('…')`, `import '…'`: what a file asks for. */
const SPECIFIER = /(?<=^\s*(?:import|export)\b[^'"`;]*from |\bimport\(|^\s*import )(['"])([^'"]+)\1/gm

/** Writes the package into an empty folder. Throws when it cannot be compiled. */
export async function makeNpmPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const lib = join(folder, 'lib')
  const flow = await builtFlow()
  compile(lib)
  const asked = rewriteImports(lib)
  dropUnusedDeclarations(lib)
  cpSync(flow, join(lib, 'flow', 'dist'), { recursive: true })
  for (const sql of globSync('{server,simulator}/src/**/*.sql', { cwd: PACKAGES })) {
    mkdirSync(dirname(join(lib, sql)), { recursive: true })
    copyFileSync(join(PACKAGES, sql), join(lib, sql))
  }
  // Says its version in every answer.
  const { version } = manifestOf('server')
  writeFileSync(join(lib, 'server', 'package.json'), json({ private: true, type: 'module', version }))
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(PACKAGE, 'README.md'), join(folder, 'README.md'))
  writeFileSync(join(folder, 'package.json'), json(manifest(asked)))
}

/** JavaScript and declarations of the entries and of everything they import. Types are checked by `npm run check`. */
function compile(lib: string) {
  const packages = Object.fromEntries(
    ['core', 'sealing', 'server', 'simulator', 'cli', 'testing'].map((name) => [
      `@sluice/${name}/*`,
      [join(PACKAGES, name, 'src', '*.ts')],
    ]),
  )
  const settings = join(lib, 'tsconfig.json')
  mkdirSync(lib, { recursive: true })
  const compilerOptions = {
    noEmit: false,
    noCheck: true,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    rootDir: PACKAGES,
    outDir: lib,
    typeRoots: [join(ROOT, 'node_modules', '@types')],
    // As files of this program, and not of packages that somebody installed: those are not compiled.
    paths: { ...packages, [FLOW_BUILT]: [join(PACKAGE, 'build', 'built-flow.ts')] },
  }
  writeFileSync(
    settings,
    json({ extends: join(PACKAGE, 'tsconfig.json'), compilerOptions, include: [], files: ENTRIES }),
  )
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', settings], { encoding: 'utf8' })
  rmSync(settings)
  if (status !== 0) throw new Error(`the test kit cannot be compiled:\n${stdout}`)
}

/** Has every file import its siblings by their place. @returns the names of the packages of others that are imported */
function rewriteImports(lib: string): Set<string> {
  const asked = new Set<string>()
  for (const path of globSync('**/*.{js,d.ts}', { cwd: lib })) {
    const file = join(lib, path)
    const placed = (specifier: string): string => {
      if (specifier.startsWith('.')) {
        return path.endsWith('.d.ts') ? specifier.replace(/\.ts$/, '.js') : specifier
      }
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
      if (!name.startsWith('@sluice/')) {
        if (path.endsWith('.js') && !specifier.startsWith('node:')) asked.add(name)
        return specifier
      }
      const [, room = '', ...rest] = specifier.split('/')
      const target = specifier === FLOW_BUILT ? 'testing/build/built-flow' : [room, 'src', ...rest].join('/')
      if (!existsSync(join(lib, `${target}.js`))) throw new Error(`${path} imports ${specifier}, which is not compiled`)
      const place = relative(dirname(path), `${target}.js`)
      return place.startsWith('.') ? place : `./${place}`
    }
    const text = readFileSync(file, 'utf8')
      .replace(SPECIFIER, (_, quote: string, specifier: string) => `${quote}${placed(specifier)}${quote}`)
      .replaceAll(/(new URL\('\.\/[\w-]+)\.ts'/g, "$1.js'")
    writeFileSync(file, text)
  }
  return asked
}

/** Keeps those that the types of the entries are made of. */
function dropUnusedDeclarations(lib: string) {
  const used = new Set<string>()
  const use = (file: string) => {
    if (used.has(file)) return
    used.add(file)
    for (const [, , specifier = ''] of readFileSync(file, 'utf8').matchAll(SPECIFIER)) {
      if (specifier.startsWith('.')) use(join(dirname(file), specifier.replace(/\.js$/, '.d.ts')))
    }
  }
  for (const entry of Object.values(EXPORTS)) use(join(lib, `${entry}.d.ts`))
  for (const path of globSync('**/*.d.ts', { cwd: lib })) if (!used.has(join(lib, path))) rmSync(join(lib, path))
}

interface Manifest {
  name: string
  version: string
  license: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: object
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8'))
}

/** @param asked packages, which have to be dependencies of one of ours */
function manifest(asked: ReadonlySet<string>): object {
  const { name, version, license, peerDependencies = {}, peerDependenciesMeta } = manifestOf('testing')
  const known: Record<string, string> = {}
  for (const path of globSync('*/package.json', { cwd: PACKAGES })) {
    Object.assign(known, manifestOf(dirname(path)).dependencies)
  }
  const needed = [...asked].filter((one) => !(one in peerDependencies)).sort()
  const dependencies = Object.fromEntries(
    needed.map((one) => {
      if (known[one] === undefined) throw new Error(`${one} is imported, and no package lists it`)
      return [one, known[one]]
    }),
  )
  const entry = (path: string) => ({ types: `./lib/${path}.d.ts`, default: `./lib/${path}.js` })
  return {
    name,
    version,
    license,
    description:
      'A Sluice of its own for every test: payments, clock, webhooks, failures, and a shopper for Playwright',
    type: 'module',
    engines: { node: NODE },
    types: `./lib/${EXPORTS['.']}.d.ts`,
    exports: Object.fromEntries(Object.entries(EXPORTS).map(([at, path]) => [at, entry(path)])),
    files: ['lib'],
    dependencies,
    // PostgreSQL, for the platform that it is installed on.
    optionalDependencies: manifestOf('cli').optionalDependencies,
    peerDependencies,
    peerDependenciesMeta,
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(PACKAGE, 'dist')
  await makeNpmPackage(folder)
  process.stdout.write(`${folder}\n`)
}
