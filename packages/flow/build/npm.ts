/**
 * Makes the folder that is published to npm: `node packages/flow/build/npm.ts [FOLDER]`, then `npm publish FOLDER`. One
 * module without dependencies, and its declarations.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'vite'

const PACKAGE = join(import.meta.dirname, '..')
const ROOT = join(PACKAGE, '..', '..')
const SOURCES = join(PACKAGE, 'src')

/** Writes the package into an empty folder. Throws when the declarations cannot be made. */
export async function makeNpmPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  await build({
    root: PACKAGE,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      minify: false,
      reportCompressedSize: false,
      lib: { entry: join(SOURCES, 'index.ts'), formats: ['es'], fileName: () => 'index.js' },
    },
  })
  emitDeclarations(join(folder, 'types'))
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(PACKAGE, 'README.md'), join(folder, 'README.md'))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`)
}

/** Those of `index.ts` and what it names. The compiler leaves out the declarations that were written by hand. */
function emitDeclarations(folder: string): void {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = [
    '--declaration',
    '--emitDeclarationOnly',
    '--noEmit',
    'false',
    '--rootDir',
    SOURCES,
    '--outDir',
    folder,
  ]
  const settings = join(folder, 'tsconfig.json')
  mkdirSync(folder, { recursive: true })
  const config = { extends: join(PACKAGE, 'tsconfig.json'), include: [], files: [join(SOURCES, 'index.ts')] }
  writeFileSync(
    settings,
    JSON.stringify({ ...config, compilerOptions: { rewriteRelativeImportExtensions: true, types: [] } }),
  )
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', settings, ...options], { encoding: 'utf8' })
  rmSync(settings)
  if (status !== 0) throw new Error(`the declarations of Flow cannot be made:\n${stdout}`)
  for (const file of globSync('**/*.d.ts', { cwd: SOURCES })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(SOURCES, file), join(folder, file))
  }
}

function manifest(): object {
  const { name, version, license } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  return {
    name,
    version,
    license,
    description: 'Loads Flow, the card form of Sluice, with the types and exports of the official loader',
    type: 'module',
    sideEffects: false,
    types: './types/index.d.ts',
    exports: { '.': { types: './types/index.d.ts', default: './index.js' } },
    files: ['index.js', 'types'],
  }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(PACKAGE, 'dist-npm')
  await makeNpmPackage(folder)
  process.stdout.write(`${folder}\n`)
}
