/** The files a browser asks the shop for: its own, and the official npm package's module exactly as it was published. */
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Asset {
  type: string
  content: Buffer
}

const PUBLIC = join(import.meta.dirname, 'public')
const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}

/** Where the official package is served, for pages without a bundler. */
const OFFICIAL = '/vendor/checkout-web-components.js'

/** By path. Files are read when they are first asked for. */
export function openAssets(): (path: string) => Asset | undefined {
  const files = new Map(
    readdirSync(PUBLIC, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file): [string, string] => [file.slice(PUBLIC.length).replaceAll('\\', '/'), file]),
  )
  const read = new Map<string, Asset>()
  return (path) => {
    const known = read.get(path)
    if (known) return known
    const file = path === OFFICIAL ? officialModule() : files.get(path)
    if (!file) return undefined
    const asset = { type: TYPES[extname(file)] ?? 'application/octet-stream', content: readFileSync(file) }
    read.set(path, asset)
    return asset
  }
}

function officialModule(): string {
  return fileURLToPath(new URL('index.module.js', import.meta.resolve('@checkout.com/checkout-web-components')))
}
