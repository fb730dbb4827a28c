/** Runs the TypeScript compiler over files that a test made. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'

const ROOT = join(import.meta.dirname, '../../../..')
const SOURCE = join(ROOT, 'packages/flow/src')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

/** Parts of our package that its public types are made of. */
const PARTS = ['index.ts', 'loader.ts', 'page/return.ts', 'common/texts.ts', 'types']

/** A folder outside the repository, in which packages resolve as they do inside. */
export interface Workbench {
  folder: string
  write(path: string, text: string): void
  /** A copy of our package's types, to be changed. */
  copyOurs(path: string): void
  /** Messages of the compiler, by the file they are about. */
  compile(options?: Record<string, unknown>): Promise<Map<string, string[]>>
  remove(): void
}

export function createWorkbench(): Workbench {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-flow-types-'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('package.json', '{ "type": "module" }')
  return {
    folder,
    write,
    copyOurs: (path) => {
      for (const part of PARTS) {
        cpSync(join(SOURCE, part), join(folder, path, part), { recursive: true })
      }
    },
    compile: async (options = {}) => {
      write(
        'tsconfig.json',
        JSON.stringify({
          extends: join(ROOT, 'tsconfig.base.json'),
          compilerOptions: { lib: ['es2024', 'dom', 'dom.iterable'], types: [], skipLibCheck: false, ...options },
          include: ['**/*.ts'],
        }),
      )
      return byFile(folder, await output(folder, process.execPath, [TSC, '-p', folder, '--pretty', 'false']))
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** Standard output, whatever the exit code: that of the compiler says that there were messages. */
function output(folder: string, program: string, args: string[]): Promise<string> {
  return new Promise((done) => {
    execFile(program, args, { cwd: folder, maxBuffer: 1e8 }, (_error, stdout) => done(stdout))
  })
}

function byFile(folder: string, printed: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const message of printed.split(/\n(?! )/)) {
    const file = /^(.+?)\(\d+,\d+\): error /.exec(message)?.[1]
    if (file !== undefined) {
      const name = relative(folder, resolve(folder, file))
      found.set(name, [...(found.get(name) ?? []), message])
    } else if (message.trim() !== '') {
      throw new Error(`The compiler said: ${message}`)
    }
  }
  return found
}
