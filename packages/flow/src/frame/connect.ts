/**
 * How a document of the frames origin meets the page that holds it: one message, once, from the window above, with the
 * port that everything else travels on. Who asks is remembered by origin; what is asked is believed in no other way.
 */
import type { Connect } from '../common/messages.ts'

type Start<Role extends Connect['role']> = Extract<Connect, { role: Role }>

export interface Connection<Role extends Connect['role']> {
  start: Start<Role>
  port: MessagePort
  /** The origin of the page above; `null` for one without an origin of its own. */
  origin: string
}

/**
 * Waits for the page's `sluice:connect` of this role and answers `connected`. To be called while the document's script
 * first runs: the page sends once the document has loaded. Messages wait until the port is started.
 */
export function connectFromPage<Role extends Connect['role']>(role: Role): Promise<Connection<Role>> {
  return new Promise((resolve) => {
    function receive(event: MessageEvent<unknown>) {
      const port = event.ports[0]
      if (event.source !== window.parent || window.parent === window || !port || !isStart(event.data, role)) return
      window.removeEventListener('message', receive)
      port.postMessage({ type: 'connected' })
      resolve({ start: event.data, port, origin: event.origin })
    }
    window.addEventListener('message', receive)
  })
}

function isStart<Role extends Connect['role']>(data: unknown, role: Role): data is Start<Role> {
  if (typeof data !== 'object' || data === null) return false
  const { type, role: told } = data as Partial<Connect>
  return type === 'sluice:connect' && told === role
}

/** What the server wrote into the head of this document. */
export function metaContent(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content
}
