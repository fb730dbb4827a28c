/** The declarations of the official package, of every version that was published. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CHANGES, type Change } from './exceptions.ts'

export const NEWEST = '1.13.0'

/** Names the packages are installed by, by version, oldest first. */
export const PACKAGES = {
  '0.1.0-beta': 'flow-0.1.0-beta',
  '0.5.0-beta': 'flow-0.5.0-beta',
  '0.6.0-beta': 'flow-0.6.0-beta',
  '1.0.0': 'flow-1.0.0',
  '1.3.0': 'flow-1.3.0',
  '1.7.1': 'flow-1.7.1',
  '1.10.0': 'flow-1.10.0',
  '1.11.0': 'flow-1.11.0',
  '1.12.0': 'flow-1.12.0',
  [NEWEST]: '@checkout.com/checkout-web-components',
} as const

export type Version = keyof typeof PACKAGES

export const VERSIONS = Object.keys(PACKAGES) as Version[]

/** Members of enumerations: name and string, by name of the enumeration. */
export type Enums = Record<string, Record<string, string>>

export interface Declarations {
  text: string
  /** Exported names of values, enumerations among them, and of what is only a type. */
  values: string[]
  types: string[]
  enums: Enums
}

const require = createRequire(import.meta.url)

/** As they were published, without comments. */
export function readDeclarations(version: Version): Declarations {
  const text = readFileSync(join(dirname(require.resolve(PACKAGES[version])), 'index.d.ts'), 'utf8')
  return analyse(text.replace(/\/\*\*[\s\S]*?\*\/\s*/g, ''))
}

/** With the exceptions of that version applied. */
export function readChangedDeclarations(version: Version): Declarations {
  return analyse((CHANGES[version] ?? []).reduce(applyChange, readDeclarations(version).text))
}

/** What the package exports at run time. */
export function loadOfficial(version: Version): Record<string, unknown> {
  return require(PACKAGES[version]) as Record<string, unknown>
}

export function readOurEnums(): Enums {
  return readEnums(readFileSync(new URL('../../src/types/enums.d.ts', import.meta.url), 'utf8'))
}

/**
 * The declarations of an older version on today's enumerations, so that what differs is something else than their having
 * grown. TypeScript takes two enumerations of one name for different ones as soon as one has more members, and with
 * them everything that mentions them. So, after the changes listed for the version:
 * - an enumeration all of whose members ours has is imported from ours;
 * - the generic `create()` is spelt out for each name of that version, as its table of options has no others.
 */
export function onTodaysEnums(version: Version, enumsModule: string): string {
  const { text, enums } = readChangedDeclarations(version)
  const ours = readOurEnums()
  let imports = ''
  const rest = text.replace(ENUM, (whole, name: string) => {
    if (!Object.entries(enums[name] ?? {}).every(([member, value]) => ours[name]?.[member] === value)) {
      return whole
    }
    imports += `import { ${name} } from '${enumsModule}'\n`
    return ''
  })
  return imports + rest.replace(GENERIC_CREATE, (_whole, table: string) => createByName(text, table, enums))
}

const ENUM = /declare enum (\w+) \{([\s\S]*?)\n\}/g
const GENERIC_CREATE = /create<T extends \w+>\(\s*name: T,\s*options\?: (\w+)\[T\]\): Component;/

function createByName(text: string, table: string, enums: Enums): string {
  const body = new RegExp(`type ${table} = \\{([\\s\\S]*?)\\n\\};`).exec(text)?.[1] ?? ''
  const names = [...body.matchAll(/^\s*(?:\[ComponentName\.(\w+)\]|(\w+)): /gm)].map(([, member, name]) =>
    member === undefined ? name : enums.ComponentName?.[member],
  )
  return names.map((name) => `create(name: '${name}', options?: ${table}['${name}']): Component;`).join('\n    ')
}

function analyse(text: string): Declarations {
  const exported =
    /export \{([^}]*)\};?\s*$/
      .exec(text)?.[1]
      ?.split(',')
      .map((name) => name.trim()) ?? []
  const types = exported.filter((name) => name.startsWith('type '))
  return {
    text,
    values: exported.filter((name) => !types.includes(name)),
    types: types.map((name) => name.slice('type '.length)),
    enums: readEnums(text),
  }
}

function readEnums(text: string): Enums {
  const members = (body = '') =>
    Object.fromEntries([...body.matchAll(/(\w+) = ["']([^"']*)["']/g)].map(([, name, value]) => [name, value]))
  return Object.fromEntries([...text.matchAll(ENUM)].map(([, name, body]) => [name, members(body)]))
}

function applyChange(text: string, { from, to }: Change): string {
  const changed = text.replaceAll(from, to)
  if (changed === text) {
    throw new Error(`A change does not apply: ${String(from)}`)
  }
  return changed
}
