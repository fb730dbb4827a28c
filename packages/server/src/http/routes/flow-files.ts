/** `/flow`: the script of a shop's page. The only answers of the API that scripts of any page may read. */
import { Problem } from '@sluice/core/problems'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { UNLIMITED } from '../access.ts'
import { type FlowFiles, publishedScript } from '../flow-files.ts'
import { serve, servedFile } from '../served-file.ts'
import type { Routes } from '../types.ts'

/** Bytes from memory, and whole shops behind one address of a proxy: they are not counted. */
const OPTIONS = { config: { access: UNLIMITED }, exposeHeadRoute: true, schema: { hide: true } }

/** @param flow absent when the server was started without the built files: then `/flow` says so */
export function flowRoutes(ctx: Context, flow: FlowFiles | undefined): Routes {
  return async (app) => {
    app.addHook('onRequest', (_request, reply, done) => {
      reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
      done()
    })
    if (!flow) {
      app.get('/flow/*', OPTIONS, () => {
        throw new Problem('flow_not_built')
      })
      return
    }

    const { script, integrity } = publishedScript(flow, ctx.config.urls.api)
    const manifest = servedFile(
      'manifest.json',
      Buffer.from(JSON.stringify({ version: flow.version, script: { url: script, integrity } }), 'utf8'),
    )
    app.get('/flow/index.js', OPTIONS, (request, reply) => serve(request, reply, flow.script.file, 'soon'))
    app.get('/flow/manifest.json', OPTIONS, (request, reply) => serve(request, reply, manifest, 'soon'))
    app.get(
      '/flow/:version/:name',
      { ...OPTIONS, schema: { hide: true, params: Type.Object({ version: Type.String(), name: Type.String() }) } },
      (request, reply) => {
        const { version, name } = request.params
        const file = name === flow.script.name ? flow.script.file : flow.modules.get(name)
        if (version !== flow.version || !file) throw new Problem('resource_not_found')
        return serve(request, reply, file, 'immutable')
      },
    )
  }
}
