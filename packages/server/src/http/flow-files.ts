/** Flow as it was built: the files that the two origins hand out, read once, with this installation's settings in them. */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Config } from '../config.ts'
import { servedFile, type ServedFile } from './served-file.ts'

export const FRAME_DOCUMENTS = ['keeper', 'fields', 'challenge'] as const
export type FrameDocument = (typeof FRAME_DOCUMENTS)[number]

/** What a document links: a path on its own origin, and the content it must have. */
export interface Linked {
  path: string
  integrity: string
}

export interface FlowFiles {
  version: string
  /** The script of the shop's page. Its name has its hash in it. */
  script: { name: string; file: ServedFile }
  /** By file name: what that script imports when a session offers something else than cards, and its texts. */
  modules: ReadonlyMap<string, ServedFile>
  documents: Record<FrameDocument, { script: Linked; styles: Linked[] }>
  /** By file name: everything below `/frame/assets/`. */
  assets: ReadonlyMap<string, ServedFile>
}

/** What the build says of itself, `manifest.json`. Paths are relative to its folder. */
interface Manifest {
  version: string
  page: { script: string; methods: string; assets: string[] }
  frame: Record<FrameDocument, { script: string; styles: string[] }>
  assets: string[]
}

/** What stands in the built script where the settings belong: a literal of its own, however it was minified. */
const MARKER = /(["'`])__SLUICE_SERVED__\1/g

export const ASSETS_PATH = '/frame/assets/'

/**
 * @param folder of the built files, with their `manifest.json`
 * @throws when a file is missing, or the script has no place for the settings
 */
export function readFlowFiles(folder: string, { urls, cardLayout, mode }: Config): FlowFiles {
  const fileOf = (path: string) => servedFile(path, readFileSync(join(folder, path)))
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
  const { page } = manifest
  const modules = new Map([page.methods, ...page.assets].map((path) => [basename(path), fileOf(path)]))
  const methods = addressOf(urls.api, manifest.version, basename(page.methods))
  const settings = JSON.stringify(JSON.stringify({ frames: urls.frames, cardLayout, mode, methods }))
  const source = readFileSync(join(folder, manifest.page.script), 'utf8')
  if (source.match(MARKER)?.length !== 1) throw new Error(`${manifest.page.script} has no one place for the settings`)
  const script = servedFile(
    'index.js',
    Buffer.from(
      source.replace(MARKER, () => settings),
      'utf8',
    ),
  )

  const assets = new Map<string, ServedFile>()
  for (const path of manifest.assets) {
    assets.set(basename(path), fileOf(path))
  }
  const linked = (path: string): Linked => {
    const name = basename(path)
    const file = assets.get(name)
    if (!file) throw new Error(`${path} is not among the assets of the manifest`)
    return { path: ASSETS_PATH + name, integrity: file.integrity }
  }
  const documentOf = (document: FrameDocument) => {
    const { script, styles } = manifest.frame[document]
    return { script: linked(script), styles: styles.map(linked) }
  }
  return {
    version: manifest.version,
    script: { name: `index.${script.hash}.js`, file: script },
    modules,
    documents: { keeper: documentOf('keeper'), fields: documentOf('fields'), challenge: documentOf('challenge') },
    assets,
  }
}

function addressOf(api: string, version: string, name: string): string {
  return `${api}/flow/${version}/${name}`
}

/** Where a shop finds the script that never changes, and what it must be. */
export function publishedScript(flow: FlowFiles, api: string): { script: string; integrity: string } {
  return { script: addressOf(api, flow.version, flow.script.name), integrity: flow.script.file.integrity }
}
