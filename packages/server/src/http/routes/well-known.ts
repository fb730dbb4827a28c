/** What clients look up before they call: where things are, and the keys that sign access tokens. */
import { JwksReply } from '@sluice/core/wire/replies'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import type { SigningKeys } from '../../operations/signing-keys.ts'
import { VERSION } from '../../version.ts'
import { OPEN } from '../access.ts'
import { type FlowFiles, publishedScript } from '../flow-files.ts'
import type { Routes } from '../types.ts'

const Url = (description: string) => Type.String({ description })

const Installation = Type.Object({
  version: Type.String({ description: 'Version of the server.' }),
  mode: Type.Enum(['sandbox', 'production']),
  api: Url('Origin of the API.'),
  frames: Url('Origin of the card frames; the keys that session_data is sealed under are served there.'),
  token_endpoint: Url('Where a client gets its access token.'),
  jwks_uri: Url('Public keys of access tokens.'),
  simulator: Type.Optional(Url('Origin of the simulated bank; sandbox only.')),
  shop: Type.Optional(Url('Origin of the demo shop; sandbox only.')),
  flow: Type.Optional(
    Type.Object(
      {
        script: Url('The script for a shop’s page, under a name that changes with its content.'),
        integrity: Type.String({ description: 'For the `integrity` of its script tag.' }),
      },
      { description: 'The browser component. `/flow/index.js` is always the newest.' },
    ),
  ),
})

/** Long enough to spare the server, short enough that a new key is known before the old one goes. */
const CACHE = 'public, max-age=300'

export function wellKnownRoutes(ctx: Context, signing: SigningKeys, flow: FlowFiles | undefined): Routes {
  const { mode, urls } = ctx.config
  const installation = {
    version: VERSION,
    mode,
    api: urls.api,
    frames: urls.frames,
    token_endpoint: `${urls.api}/connect/token`,
    jwks_uri: `${urls.api}/.well-known/jwks.json`,
    ...(flow && { flow: publishedScript(flow, urls.api) }),
    ...(mode === 'sandbox' && { simulator: urls.simulator, shop: urls.shop }),
  }

  return async (app) => {
    app.get(
      '/.well-known/sluice',
      {
        config: { access: OPEN },
        schema: {
          operationId: 'getInstallation',
          tags: ['Discovery'],
          summary: 'Where the parts of this installation are',
          response: { 200: Installation },
        },
      },
      () => installation,
    )

    app.get(
      '/.well-known/jwks.json',
      {
        config: { access: OPEN },
        schema: {
          operationId: 'getTokenKeys',
          tags: ['Discovery'],
          summary: 'Public keys of access tokens',
          response: { 200: JwksReply },
        },
      },
      async (_request, reply) => {
        const keys = (await signing.publicJwks()) as JwksReply['keys']
        return reply.header('cache-control', CACHE).send({ keys })
      },
    )
  }
}
