/** What the script knows of its installation: written into it when it was served, or said by its own script tag. */

/** Replaced by the server, as it serves the script, by the JSON of a {@link Served}. */
const SERVED = '__SLUICE_SERVED__'

interface Served {
  frames?: string
  cardLayout?: string
  mode?: string
  methods?: string
}

export type CardLayout = 'single' | 'per-field'

export interface Settings {
  /** Origin of our frames, the only one that is ever loaded or spoken to. */
  frames: string
  cardLayout: CardLayout
  /** Address of the module that has the forms of everything but cards, of the same build as this script. */
  methods: string
  /** Warnings for developers are written to the console. */
  sandbox: boolean
}

/**
 * The tag's `data-frames-origin` and `data-card-layout` win over what was built in. Nothing else can name an origin:
 * neither options, nor session, nor token.
 * @param tag the tag this script came by; `undefined` for a module
 */
export function readSettings(tag: HTMLOrSVGScriptElement | null | undefined, served: string = SERVED): Settings {
  const built = parse(served)
  const said = tag?.dataset ?? {}
  return {
    frames: originOf(said.framesOrigin) ?? originOf(built.frames) ?? '',
    cardLayout: (said.cardLayout ?? built.cardLayout) === 'per-field' ? 'per-field' : 'single',
    methods: built.methods ?? '',
    sandbox: built.mode !== 'production',
  }
}

function parse(served: string): Served {
  try {
    return JSON.parse(served) as Served
  } catch {
    return {}
  }
}

function originOf(url: string | undefined): string | undefined {
  try {
    const { origin, protocol } = new URL(url ?? '')
    return /^https?:$/.test(protocol) ? origin : undefined
  } catch {
    return undefined
  }
}
