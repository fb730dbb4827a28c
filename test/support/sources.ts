/** The repository's own sources, for tests that read them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** Paths from the root of the repository, in order, without what is installed or built. */
export function listFiles(pattern: string): string[] {
  return globSync(pattern, {
    cwd: ROOT,
    exclude: (path) => path.endsWith('node_modules') || path.endsWith('dist'),
  }).sort()
}

export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** A statement of the store as it is written: its name, and its text with what it borrows from constants beside it. */
export interface SqlStatement {
  path: string
  name: string
  text: string
}

/** Every named statement under store/. */
export function statementsOf(): SqlStatement[] {
  return listFiles('packages/server/src/store/*.ts').flatMap((path) => {
    const source = readSource(path)
    const constants = new Map(
      [...source.matchAll(/\nconst ([A-Z_]+) = `([^`]*)`/g)].map(([, name, text]) => [name, text]),
    )
    const named = source.matchAll(
      /\bname: ['`]([\w${}]+)['`],\s*(?:says: (?:'[^']*'|"[^"]*"),\s*)?text: (?:`([^`]*)`|'([^']*)')/g,
    )
    return [...named].map(([, name = '', long, short = '']) => ({
      path,
      name,
      text: (long ?? short).replaceAll(/\$\{([A-Z_]+)\}/g, (_, constant: string) => constants.get(constant) ?? ''),
    }))
  })
}
