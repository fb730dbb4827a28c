/** `/docs`: the reference page, made in the browser from `/openapi.json`. It asks no other host for anything. */
import { createHash } from 'node:crypto'
import scalar from '@scalar/fastify-api-reference'
import { OPEN } from './access.ts'
import type { Routes } from './types.ts'

const PREFIX = '/docs'

/** Everything the page would fetch, send or offer beyond this origin is switched off. */
const CONFIGURATION = {
  url: '/openapi.json',
  pageTitle: 'Sluice API reference',
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never' as const,
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
}

/** And if it tried all the same, the browser would not let it. Styles are put in by the script, so they are inline. */
const POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]

const SCRIPT = /<script[^>]*>([\s\S]*?)<\/script>/g

export function docsPage(): Routes {
  return async (app) => {
    app.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: OPEN }
    })
    app.addHook('onSend', async (_request, reply, payload) => {
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html')
      reply.header('content-security-policy', policyFor(isPage ? String(payload) : ''))
      reply.header('x-content-type-options', 'nosniff')
      reply.header('referrer-policy', 'no-referrer')
    })
    app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect(PREFIX, 303))
    await app.register(scalar, { routePrefix: PREFIX, configuration: CONFIGURATION })
  }
}

/** Of inline scripts the page's own may run, by its hash. */
function policyFor(page: string): string {
  const inline = Array.from(page.matchAll(SCRIPT), ([, text = '']) => text).filter((text) => text !== '')
  const hashes = inline.map((script) => {
    return `'sha256-${createHash('sha256').update(script).digest('base64')}'`
  })
  return [...POLICY, ["script-src 'self'", ...hashes].join(' ')].join('; ')
}
