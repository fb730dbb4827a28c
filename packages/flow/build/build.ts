/**
 * Bundles Flow for browsers: a classic script for the shop's page, and modules for the documents of the frames origin.
 */
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type InlineConfig, type Plugin } from 'vite'
import { OF_FORMS } from '../src/common/texts.ts'
import type { FlowManifest, FrameDocument } from './manifest.ts'

const PACKAGE = join(import.meta.dirname, '..')
const DOCUMENTS: readonly FrameDocument[] = ['keeper', 'fields', 'challenge']
const BROWSERS = ['chrome111', 'edge111', 'firefox114', 'safari16.4']

/**
 * Writes the bundles and their manifest.
 * @param sources what the manifest is to say they were made from
 */
export async function bundle(folder: string, sources: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  await build(pageBundle(folder))
  await build(methodsBundle(folder))
  for (const document of DOCUMENTS) await build(frameBundle(folder, document))
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifestOf(folder, sources), undefined, 2)}\n`)
}

function common(outDir: string): InlineConfig {
  return {
    root: PACKAGE,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    base: './',
    define: { 'process.env.NODE_ENV': '"production"' },
    // The texts of a language are asked for as a whole.
    json: { namedExports: false },
    plugins: [withoutPreloads()],
    build: {
      outDir,
      emptyOutDir: false,
      target: BROWSERS,
      minify: true,
      reportCompressedSize: false,
      modulePreload: false,
      // An asset inside a script would be loaded by everybody who needs the script.
      assetsInlineLimit: 0,
    },
  }
}

function pageBundle(folder: string): InlineConfig {
  const { build, ...rest } = common(join(folder, 'page'))
  return {
    ...rest,
    build: {
      ...build,
      rollupOptions: {
        input: join(PACKAGE, 'src/page/global.ts'),
        output: { format: 'iife', entryFileNames: 'index.js' },
      },
    },
  }
}

/** A module, so that the page's script can import it; the page has no other way to load a script under a strict policy. */
function methodsBundle(folder: string): InlineConfig {
  const { build, ...rest } = common(join(folder, 'page'))
  return {
    ...rest,
    build: {
      ...build,
      rollupOptions: {
        input: join(PACKAGE, 'src/page/methods/forms.ts'),
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: 'methods.[hash].js', chunkFileNames: 'methods-[name].[hash].js' },
      },
    },
  }
}

/**
 * Each document has a bundle of its own. What they have in common is small and stands in each of them: as a file beside
 * them it would be one more thing to wait for.
 */
function frameBundle(folder: string, document: FrameDocument): InlineConfig {
  const { build, plugins, ...rest } = common(join(folder, 'frame'))
  return {
    ...rest,
    plugins: [...(plugins as Plugin[]), withoutTextsOfForms()],
    build: {
      ...build,
      manifest: viteManifest(document),
      rollupOptions: {
        input: inputsOf(document),
        output: {
          entryFileNames: '[name].[hash].js',
          // The keeper names every language: a hash cannot be compressed, and the name tells the languages apart.
          chunkFileNames: '[name].[hash:6].js',
          assetFileNames: '[name].[hash][extname]',
        },
      },
    },
  }
}

/** The module of a document, and its style sheet, which the server links so that no script has to insert styles. */
function inputsOf(document: FrameDocument): Record<string, string> {
  const sheet = join(PACKAGE, `src/frame/${document}.css`)
  return {
    [document]: join(PACKAGE, `src/frame/${document}.ts`),
    ...(existsSync(sheet) && { [`${document}-style`]: sheet }),
  }
}

function viteManifest(document: FrameDocument): string {
  return `${document}.vite.json`
}

/** What is loaded on demand has no styles and no further modules to load beside it: an `import()` is all it takes. */
function withoutPreloads(): Plugin {
  return {
    name: 'without-preloads',
    enforce: 'pre',
    load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load()' : null),
  }
}

/** The forms of methods other than cards bring their own tables: a card payment loads half of the texts. */
function withoutTextsOfForms(): Plugin {
  return {
    name: 'without-texts-of-forms',
    enforce: 'pre',
    load(id) {
      if (!/\/locales\/[\w-]+\.json$/.test(id)) return null
      const table = JSON.parse(readFileSync(id, 'utf8')) as Record<string, string>
      return JSON.stringify(Object.fromEntries(Object.entries(table).filter(([key]) => !OF_FORMS.test(key))))
    },
  }
}

interface ViteEntry {
  file: string
  name?: string
  src?: string
  css?: string[]
}

function one(pattern: string, folder: string): string {
  const [found, ...others] = globSync(pattern, { cwd: folder })
  if (!found || others.length > 0) throw new Error(`the bundle has not one ${pattern}`)
  return found
}

function manifestOf(folder: string, sources: string): FlowManifest {
  const documentOf = (document: FrameDocument) => {
    const list = join(folder, 'frame', viteManifest(document))
    const entries = Object.values(JSON.parse(readFileSync(list, 'utf8')) as Record<string, ViteEntry>)
    rmSync(list)
    const script = entries.find((entry) => entry.src === `src/frame/${document}.ts`)
    const sheet = entries.find((entry) => entry.src === `src/frame/${document}.css`)
    if (!script) throw new Error(`the bundle has no ${document}`)
    const styles = [...(script.css ?? []), ...(sheet ? [sheet.file] : [])]
    return { script: `frame/${script.file}`, styles: styles.map((file) => `frame/${file}`) }
  }
  return {
    sources,
    version: JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')).version,
    page: {
      script: 'page/index.js',
      methods: one('page/methods.*.js', folder),
      assets: globSync('page/methods-*.js', { cwd: folder }).sort(),
    },
    frame: { keeper: documentOf('keeper'), fields: documentOf('fields'), challenge: documentOf('challenge') },
    assets: globSync('frame/**/*.*', { cwd: folder }).sort(),
  }
}
