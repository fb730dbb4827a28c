/** The documents of the frames origin, and what they are made of. Each is for the pages of one public key's shop. */
import { Problem } from '@sluice/core/problems'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Config } from '../../config.ts'
import type { Context } from '../../context.ts'
import type { Authenticator, Caller } from '../../operations/authenticate.ts'
import { OPEN, UNLIMITED } from '../access.ts'
import { FRAME_DOCUMENTS, type FlowFiles, type FrameDocument } from '../flow-files.ts'
import { serve } from '../served-file.ts'
import type { Routes } from '../types.ts'

/** `isolated`: the page that holds the document is cross-origin isolated. */
const Query = Type.Object({ key: Type.Optional(Type.String()), isolated: Type.Optional(Type.String()) })

/** @param flow absent when the server was started without the built files: then there are no documents */
export function framePages(ctx: Context, authenticator: Authenticator, flow: FlowFiles | undefined): Routes {
  return async (app) => {
    for (const document of FRAME_DOCUMENTS) {
      app.get(
        `/frame/${document}`,
        { config: { access: OPEN, embedded: true }, schema: { querystring: Query } },
        async (request, reply) => {
          if (!flow) throw new Problem('flow_not_built')
          const key = request.query.key
          const caller = key === undefined ? undefined : await authenticator.authenticate(key)
          if (caller?.kind !== 'public') throw new Problem('action_not_allowed')
          if (request.query.isolated !== undefined) reply.headers(DOCUMENTS[document].isolation)
          return sendDocument(ctx, flow, document, caller, request, reply)
        },
      )
    }

    app.get(
      '/frame/assets/:name',
      { config: { access: UNLIMITED }, schema: { params: Type.Object({ name: Type.String() }) } },
      (request, reply) => {
        const file = flow?.assets.get(request.params.name)
        if (!file) throw new Problem('resource_not_found')
        return serve(request, reply, file, 'immutable')
      },
    )
  }
}

function sendDocument(
  ctx: Context,
  flow: FlowFiles,
  document: FrameDocument,
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { mode, urls } = ctx.config
  const meta: Record<string, string> = { 'sluice-mode': mode }
  if (document === 'keeper') meta['sluice-ticket'] = ctx.vault.ticket(shopperOf(request))
  if (document === 'challenge') meta['sluice-api'] = urls.api
  const policy = [...POLICY, ...DOCUMENTS[document].policy(mode), ...ancestors(caller.origins, mode)]
  return embeddable(reply)
    .header('content-security-policy', policy.join('; '))
    .header('permissions-policy', DOCUMENTS[document].permissions)
    .header('origin-agent-cluster', '?1')
    .type('text/html; charset=utf-8')
    .send(page(DOCUMENTS[document].title, flow.documents[document], meta))
}

/** The policy says who may hold the document; the older header knows only everybody or nobody. */
function embeddable(reply: FastifyReply): FastifyReply {
  reply.removeHeader('x-frame-options')
  reply.removeHeader('cross-origin-opener-policy')
  return reply.header('cross-origin-resource-policy', 'cross-origin')
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
]

/** A shop that asks for cross-origin isolation can only hold frames that ask for it too. A bank's page never does. */
const ISOLATED = { 'cross-origin-embedder-policy': 'require-corp' }
const FORBIDDEN = ['camera', 'microphone', 'geolocation', 'usb', 'midi', 'serial', 'display-capture', 'fullscreen']
const NOT_FOR_FIELDS = [...FORBIDDEN, 'payment', 'publickey-credentials-get']
const none = (features: readonly string[]) => features.map((feature) => `${feature}=()`).join(', ')

interface DocumentKind {
  title: string
  permissions: string
  isolation: Record<string, string>
  policy: (mode: Config['mode']) => string[]
}

const DOCUMENTS: Record<FrameDocument, DocumentKind> = {
  keeper: {
    title: 'Payment',
    permissions: none(NOT_FOR_FIELDS),
    isolation: ISOLATED,
    // It holds the card: an issuer's method page stands in a document of its own, `/3ds/method`, which is told nothing else.
    policy: () => ["frame-src 'self'", "form-action 'none'"],
  },
  fields: {
    title: 'Card details',
    permissions: none(NOT_FOR_FIELDS),
    isolation: ISOLATED,
    policy: () => ["form-action 'none'"],
  },
  challenge: {
    title: 'Your bank',
    permissions: none(FORBIDDEN),
    isolation: {},
    // Whose page it is only the processor knows; in sandbox the bank may be the simulator, without HTTPS.
    policy: (mode) => [`frame-src ${webPages(mode)}`, "form-action 'none'"],
  },
}

function webPages(mode: Config['mode']): string {
  return mode === 'sandbox' ? 'https: http:' : 'https:'
}

/** Nobody named: in sandbox any page may hold the frame, in production none. Every ancestor must be on the list. */
function ancestors(origins: readonly string[], mode: Config['mode']): string[] {
  if (origins.length > 0) return [`frame-ancestors ${origins.join(' ')}`]
  return mode === 'sandbox' ? [] : ["frame-ancestors 'none'"]
}

function shopperOf({ ip, headers }: FastifyRequest) {
  return {
    address: ip,
    ...(headers.accept !== undefined && { accept: headers.accept }),
    ...(headers['user-agent'] !== undefined && { userAgent: headers['user-agent'] }),
    ...(headers['accept-language'] !== undefined && { acceptLanguage: headers['accept-language'] }),
  }
}

/** Titles and values are ours; still, nothing of a value could end its attribute. */
function page(title: string, { script, styles }: FlowFiles['documents'][FrameDocument], meta: Record<string, string>) {
  const linked = styles.map(({ path, integrity }) => `<link rel="stylesheet" href="${path}" integrity="${integrity}">`)
  const said = Object.entries(meta).map(([name, content]) => `<meta name="${name}" content="${escaped(content)}">`)
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="robots" content="noindex">',
    `<title>${title}</title>`,
    ...said,
    ...linked,
    `<script type="module" src="${script.path}" integrity="${script.integrity}"></script>`,
    '</head>',
    '<body></body>',
    '</html>',
    '',
  ].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
