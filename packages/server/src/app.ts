/** Joins the rooms: the API and the frames origin as Fastify apps, ready to listen or to be injected into. */
import type { Server, ServerOptions } from 'node:http'
import type { TlsOptions } from 'node:tls'
import Fastify, { type FastifyBaseLogger, type FastifyHttpOptions, LogController, type RouteOptions } from 'fastify'
import { servedHosts } from './config.ts'
import type { Context } from './context.ts'
import { admitPublicKeysOnly, authenticateCallers } from './http/auth.ts'
import { describeApi } from './http/openapi.ts'
import { docsPage } from './http/docs-page.ts'
import type { FlowFiles } from './http/flow-files.ts'
import { answerOnlyFor } from './http/hosts.ts'
import { acceptJson } from './http/json.ts'
import { openLimits } from './http/limits.ts'
import { answerErrors, answerUnroutable, identify } from './http/problems.ts'
import { readForwardedAddresses } from './http/proxies.ts'
import { newRequestId, recordRequests } from './http/request-log.ts'
import { bankRoutes } from './http/routes/bank.ts'
import { cardMetadataRoutes } from './http/routes/card-metadata.ts'
import { clockRoutes } from './http/routes/clock.ts'
import { fidelityRoutes } from './http/routes/fidelity.ts'
import { flowRoutes } from './http/routes/flow-files.ts'
import { framePages } from './http/routes/frame-pages.ts'
import { FRAMES_HEADERS, frameRoutes } from './http/routes/frames.ts'
import { eventRoutes } from './http/routes/events.ts'
import { healthRoutes } from './http/routes/health.ts'
import { holdRoutes } from './http/routes/holds.ts'
import { notificationRoutes } from './http/routes/notifications.ts'
import { oauthRoutes } from './http/routes/oauth.ts'
import { paymentSessionRoutes } from './http/routes/payment-sessions.ts'
import { paymentActionRoutes } from './http/routes/payment-actions.ts'
import { paymentListRoutes } from './http/routes/payment-lists.ts'
import { paymentRoutes } from './http/routes/payments.ts'
import { returnRoutes } from './http/routes/returns.ts'
import { scenarioRoutes } from './http/routes/scenarios.ts'
import { threeDsFrameRoutes, threeDsResultRoutes } from './http/routes/three-ds.ts'
import { tokenMetadataRoutes, tokenRoutes } from './http/routes/tokens.ts'
import { wellKnownRoutes } from './http/routes/well-known.ts'
import { walletRoutes } from './http/routes/wallets.ts'
import { workflowRoutes } from './http/routes/workflows.ts'
import { worldRoutes } from './http/routes/worlds.ts'
import { answerOnlyOwnPages } from './http/same-origin.ts'
import { answerParseError } from './http/sockets.ts'
import type { Api } from './http/types.ts'
import { checkRequests } from './http/validation.ts'
import { type Metrics, openMetrics, type PoolFigures } from './metrics.ts'
import { openAuthenticator } from './operations/authenticate.ts'
import { openSigningKeys } from './operations/signing-keys.ts'

/** How long an idle connection is kept: longer than the clients and balancers in front of it keep theirs. */
const KEEP_ALIVE_MS = 60_000
const TIMEOUT_CHECK_MS = 1_000

export interface AppOptions {
  /** The pool of database connections, for `/metrics`. */
  pool?: PoolFigures
  /** Serves over HTTPS. */
  tls?: Certificate | undefined
  /** Flow as it was built; without it `/flow` and the documents of the frames origin answer 404. */
  flow?: FlowFiles | undefined
}

/** PEM. `cert` may be followed by those between it and its root. */
export interface Certificate {
  cert: string
  key: string
}

/** The API. Listens nowhere: `app.listen` or `app.inject` are the caller's. */
export async function buildApi(ctx: Context, options: AppOptions = {}): Promise<Api> {
  const metrics = openMetrics(options.pool)
  const app = newApp(ctx, 'api', metrics, options.tls)
  const limits = openLimits(ctx.config.limits)
  const signing = openSigningKeys(ctx)
  authenticateCallers(app, ctx, openAuthenticator(ctx, signing), limits)
  refuseUndeclaredAccess(app)
  await describeApi(app, ctx)

  await app.register(healthRoutes(ctx, metrics))
  await app.register(wellKnownRoutes(ctx, signing, options.flow))
  await app.register(flowRoutes(ctx, options.flow))
  await app.register(oauthRoutes(ctx, signing, limits))
  await app.register(paymentSessionRoutes(ctx))
  await app.register(paymentRoutes(ctx))
  await app.register(paymentListRoutes(ctx))
  await app.register(paymentActionRoutes(ctx))
  await app.register(workflowRoutes(ctx))
  await app.register(eventRoutes(ctx))
  await app.register(tokenRoutes(ctx))
  await app.register(tokenMetadataRoutes(ctx))
  await app.register(returnRoutes(ctx))
  await app.register(notificationRoutes(ctx))
  await app.register(threeDsResultRoutes(ctx))
  if (ctx.config.mode === 'sandbox') {
    await app.register(worldRoutes(ctx))
    await app.register(clockRoutes(ctx))
    await app.register(holdRoutes(ctx))
    await app.register(scenarioRoutes(ctx))
    await app.register(fidelityRoutes(ctx))
    await app.register(bankRoutes(ctx))
  }
  await app.register(docsPage())
  await app.ready()
  return app
}

/** The origin of the card frames: the only one whose pages see a card number. */
export async function buildFrames(ctx: Context, options: Omit<AppOptions, 'pool'> = {}): Promise<Api> {
  const app = newApp(ctx, 'frames', openMetrics(undefined), options.tls, FRAMES_HEADERS)
  const limits = openLimits(ctx.config.limits)
  const authenticator = openAuthenticator(ctx, openSigningKeys(ctx))
  answerOnlyOwnPages(app, ctx.config.urls.frames)
  authenticateCallers(app, ctx, authenticator, limits)
  admitPublicKeysOnly(app)
  refuseUndeclaredAccess(app)
  await app.register(frameRoutes(ctx, limits))
  await app.register(framePages(ctx, authenticator, options.flow))
  await app.register(threeDsFrameRoutes(ctx))
  await app.register(walletRoutes(ctx))
  await app.register(tokenRoutes(ctx))
  await app.register(cardMetadataRoutes(ctx))
  await app.ready()
  return app
}

/** What both have in common: limits of the transport, who may be asked for, JSON, errors, the log. */
function newApp(
  ctx: Context,
  listener: 'api' | 'frames',
  metrics: Metrics,
  tls: Certificate | undefined,
  headers: Readonly<Record<string, string>> = {},
): Api {
  const { limits, trustedProxies } = ctx.config
  const transport = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // Checked with the name it gives, so that a missing one is answered in the envelope.
    requireHostHeader: false,
  }
  const logger: FastifyBaseLogger = ctx.log
  const app: Api = Fastify({
    loggerInstance: logger,
    childLoggerFactory: (logger) => logger,
    // One line a request, in words of ours: request-log.ts.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newRequestId,
    requestIdHeader: false,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    bodyLimit: limits.bodyBytes,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: limits.requestTimeoutMs,
    // Of a connection on which nothing moves, also while it is written to. Late enough for the 408 to go out first.
    connectionTimeout: limits.requestTimeoutMs + 2 * TIMEOUT_CHECK_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => void answerUnroutable(error, request, reply.headers(headers)),
    clientErrorHandler: (error, socket) => answerParseError(app.server, error, socket),
    ...overHttp(transport, tls && { ...tls, handshakeTimeout: limits.headersTimeoutMs }),
  })
  app.server.maxConnections = limits.connections

  app.addHook('onRequest', (request, reply, done) => {
    identify(request, reply.headers(headers))
    done()
  })
  if (trustedProxies.length > 0) readForwardedAddresses(app)
  recordRequests(app, ctx.log, metrics)
  answerOnlyFor(app, servedHosts(ctx.config, listener))
  answerErrors(app, ctx.log)
  acceptJson(app, limits)
  checkRequests(app)
  app.setSerializerCompiler(() => JSON.stringify)
  return app
}

/** Fastify's types tell an HTTPS server from an HTTP server; to all that is built on it they are the same. */
function overHttp(transport: ServerOptions, tls: TlsOptions | undefined): Pick<FastifyHttpOptions<Server>, 'http'> {
  const overTls: object = { https: { ...transport, ...tls } }
  return tls ? overTls : { http: transport }
}

/** A route that forgot to say who may call it must not be found out by a stranger: the app does not start. */
function refuseUndeclaredAccess(app: Api) {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => void routes.push(route))
  app.addHook('onReady', async () => {
    for (const { method, url, config } of routes) {
      if (!config?.access) throw new Error(`${String(method)} ${url} does not say who may call it`)
    }
  })
}
