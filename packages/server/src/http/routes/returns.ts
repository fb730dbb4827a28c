/**
 * Where a bank's page sends the shopper's browser back to. A browser that shows the page by itself goes on to the shop; one
 * that shows it in a frame of Flow must not: there the frame says where the whole page is to go.
 */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { returnPayer } from '../../operations/return-payer.ts'
import { OPEN, UNLIMITED } from '../access.ts'
import { serve, servedFile } from '../served-file.ts'
import type { Routes } from '../types.ts'

/**
 * Flow's challenge document is the parent, or further up when the bank uses frames of its own; nobody but the frames
 * origin hears it. A browser that did not tell us whether this is a frame finds out here.
 */
const SCRIPT = `{
  const { frames, landing } = document.currentScript.dataset
  if (window === window.top) location.replace(landing)
  else {
    const origins = location.ancestorOrigins // unknown to some browsers, which then complain of each other page
    let ancestor = window
    for (let level = 0; level < 4 && ancestor !== window.top; level++) {
      ancestor = ancestor.parent
      if (origins && origins[level] !== frames) continue
      ancestor.postMessage({ type: 'sluice:returned', url: landing }, frames)
    }
  }
}
`

/** There is no `frame-ancestors`: every ancestor would have to be named, and the shop's and the bank's pages are among them. */
const POLICY = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'"

export function returnRoutes(ctx: Context): Routes {
  const script = servedFile('returned.js', Buffer.from(SCRIPT, 'utf8'))
  const scriptPath = `/returns/returned.${script.hash}.js`

  function page(landing: string, surelyFramed: boolean): string {
    const url = escaped(landing)
    // In a frame this would open the shop inside the bank's window.
    const refresh = surelyFramed ? [] : [`<noscript><meta http-equiv="refresh" content="0;url=${url}"></noscript>`]
    return [
      '<!doctype html>',
      '<html lang="en">',
      '<head>',
      '<meta charset="utf-8">',
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
      '<title>Back to the shop</title>',
      ...refresh,
      `<script src="${scriptPath}" integrity="${script.integrity}" data-frames="${ctx.config.urls.frames}" data-landing="${url}"></script>`,
      '</head>',
      `<body><p><a href="${url}" target="_top">Back to the shop</a></p></body>`,
      '</html>',
      '',
    ].join('\n')
  }

  return async (app) => {
    app.get(scriptPath, { config: { access: UNLIMITED }, schema: { hide: true } }, (request, reply) =>
      serve(request, reply, script, 'immutable'),
    )

    app.get(
      '/returns/:token',
      { config: { access: OPEN }, schema: { hide: true, params: Type.Object({ token: Type.String() }) } },
      async (request, reply) => {
        const landing = await returnPayer(ctx, request.params.token)
        reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer')
        reply.header('vary', 'sec-fetch-dest, accept')
        const place = placeOf(request)
        if (place === 'alone') return reply.redirect(landing, 303)
        return reply
          .header('content-security-policy', POLICY)
          .header('x-content-type-options', 'nosniff')
          .type('text/html; charset=utf-8')
          .send(page(landing, place === 'frame'))
      },
    )
  }
}

/** Browsers say whether a page is for a frame, but not on plain http with a name that is not localhost. */
function placeOf({ headers }: FastifyRequest): 'frame' | 'alone' | 'untold' {
  const destination = headers['sec-fetch-dest']
  if (destination === 'iframe' || destination === 'frame') return 'frame'
  return destination === undefined && headers.accept?.includes('text/html') ? 'untold' : 'alone'
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
