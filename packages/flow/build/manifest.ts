/** What `dist/manifest.json` says: the files that a server hands out. Paths are relative to `dist/`. */
export interface FlowManifest {
  /** Of the sources this was built from: a build is repeated when they changed. */
  sources: string
  version: string
  /** The classic script of the shop's page. It holds a marker that the server replaces, so its hash is the server's business. */
  page: {
    script: string
    /** What the script loads when a session first offers something else than cards: a module, named by its content. */
    methods: string
    /** What that module loads: its texts, one file for each language. */
    assets: string[]
  }
  /** The documents of the frames origin: a module script and the style sheets it needs, named by their content. */
  frame: Record<FrameDocument, { script: string; styles: string[] }>
  /** Every file below `frame/`, those included that are loaded only when they are needed. */
  assets: string[]
}

export type FrameDocument = 'keeper' | 'fields' | 'challenge'
