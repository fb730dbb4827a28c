/** A folder such as the build of Flow leaves, small enough to know every byte of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { FlowManifest } from '@sluice/flow/manifest'

/** The page's script puts the settings it was served with into `window.served`; the keeper's marks its document. */
const FILES: Record<string, string> = {
  'page/index.js': `window.served=JSON.parse("__SLUICE_SERVED__");${'/* padding */'.repeat(60)}`,
  'page/methods.f6.js': 'export const createForm = 1',
  'page/methods-de.a7.js': 'export default {}',
  'frame/keeper.a1.js': `document.documentElement.dataset.loaded = 'keeper';${'/* padding */'.repeat(60)}`,
  'frame/fields.b2.js': `document.documentElement.dataset.loaded = 'fields'`,
  'frame/fields.c3.css': 'body { color: rgb(1, 2, 3) }',
  'frame/challenge.d4.js': `
    const bank = new URLSearchParams(location.hash.slice(1)).get('bank')
    addEventListener('message', ({ origin, data }) => {
      document.documentElement.dataset.told = JSON.stringify({ origin, data })
    })
    if (bank) document.body.append(Object.assign(document.createElement('iframe'), { src: bank }))
    document.documentElement.dataset.loaded = 'challenge'`,
  'frame/de.e5.json': '{"pay":"Bezahlen"}',
}

const MANIFEST: FlowManifest = {
  sources: 'a test',
  version: '9.8.7',
  page: { script: 'page/index.js', methods: 'page/methods.f6.js', assets: ['page/methods-de.a7.js'] },
  frame: {
    keeper: { script: 'frame/keeper.a1.js', styles: [] },
    fields: { script: 'frame/fields.b2.js', styles: ['frame/fields.c3.css'] },
    challenge: { script: 'frame/challenge.d4.js', styles: [] },
  },
  assets: Object.keys(FILES).filter((path) => path.startsWith('frame/')),
}

export function flowFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-flow-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(MANIFEST))
  return folder
}
