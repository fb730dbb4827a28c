/** `sluice start`: everything, from the database up, until it is told to end. */
import { createServer } from 'node:net'
import { builtFlow } from '@sluice/flow/built'
import { type Config, servedHosts } from '@sluice/server/config'
import { createLogger } from '@sluice/server/logging'
import { type OpenedCertificate, openCertificate } from './certificate.ts'
import { ClearError, codeOf } from './clear-error.ts'
import { type DataFolder, takeDataFolder } from './data-folder.ts'
import { type Databases, openDatabases } from './databases.ts'
import { type Life, watchLife } from './life.ts'

/** A submit answers within 12 s; what has not ended by then will be found and finished by the next start. */
const DRAIN_MS = 15_000

/** Stops one part; parts stop in the opposite order of their start. */
type Stop = () => Promise<unknown>

/** Runs until a signal asks it to end, then resolves with the exit code. Throws `ClearError` when it cannot start. */
export async function start(config: Config): Promise<number> {
  const life = watchLife()
  const folder = await takeDataFolder(config.dataDir, 'start')
  let databases: Databases | undefined
  const stops: Stop[] = []
  try {
    await refuseBusyPorts(config)
    const tls = await openCertificate(config)
    const rooms = loadRooms(config) // their files are read while the database starts
    const flow = builtFlow()
    flow.catch(() => {}) // told where it is awaited
    databases = await openDatabases(config, tell)
    await startRooms(config, tls, databases, await rooms, await flow, stops)
    folder.say({ api: config.urls.api })
    const { welcome } = await import('./welcome.ts')
    for (const line of welcome(config, tls)) tell(line)
    return await untilEnded(life, config, folder, databases, stops)
  } catch (error) {
    await stopAll(stops, databases, 'fast')
    throw error
  } finally {
    folder.release()
  }
}

function loadRooms(config: Config) {
  const rooms = Promise.all([
    import('@sluice/server/main'),
    config.mode === 'sandbox' ? import('@sluice/simulator/main') : undefined,
    config.mode === 'sandbox' ? import('./shop.ts') : undefined,
  ])
  rooms.catch(() => {}) // told where it is awaited
  return rooms
}

async function startRooms(
  config: Config,
  tls: OpenedCertificate | undefined,
  databases: Databases,
  [server, simulator, shop]: Awaited<ReturnType<typeof loadRooms>>,
  flow: string,
  stops: Stop[],
) {
  const { listen, ports, urls } = config
  if (simulator) {
    const books = { databaseUrl: databases.simulator, url: urls.simulator, log: createLogger(config) }
    const hosts = servedHosts(config, 'simulator')
    const origins = [urls.api, urls.frames]
    const { close } = await simulator.startSimulator({ listen, port: ports.simulator, hosts, origins, tls, ...books })
    stops.push(close)
  }
  const { close } = await server.startServer(
    { ...config, databaseUrl: databases.sluice },
    { flow, ...(tls && { tls }), ...(tls && simulator && { trusted: tls.cert }) },
  )
  stops.push(close)
  if (shop) {
    const { callerOf } = await import('./first-curl.ts')
    const caller = callerOf(config.keys, tls?.selfSigned)
    const hosts = servedHosts(config, 'shop')
    const { api, frames } = urls
    const { close } = await shop.startShop({ listen, port: ports.shop, api, frames, hosts, tls, caller })
    stops.push(close)
  }
}

async function untilEnded(
  life: Life,
  config: Config,
  folder: DataFolder,
  databases: Databases,
  stops: Stop[],
): Promise<number> {
  const reason = await Promise.race([life.ended, databases.died.then(() => undefined)])
  folder.say({ stopping: true })
  if (reason === undefined) {
    await stopAll(stops, undefined, 'fast')
    throw new ClearError(`PostgreSQL ended by itself. Its log is ${config.dataDir}/postgres/server.log; start again.`)
  }
  tell(`\nStopping (${reason})… once more to hurry.`)
  const hurried = new Promise<'hurried'>((done) => life.onHurry(() => done('hurried')))
  const stopped = stopAll(stops, databases, 'fast')
  if ((await Promise.race([stopped, hurried])) === 'hurried') await databases.stop('immediate')
  tell('Stopped. The data stays.')
  return 0
}

/** Listeners first, the database last. */
async function stopAll(stops: Stop[], databases: Databases | undefined, how: 'fast' | 'immediate') {
  const drained = (async () => {
    for (const stop of stops.reverse()) await stop()
  })()
  await Promise.race([drained, new Promise((done) => setTimeout(done, DRAIN_MS).unref())])
  await databases?.stop(how)
}

/** Looked at before anything is started, so that the answer is quick. The dashboard's port is reserved, not used. */
async function refuseBusyPorts({ listen, ports, mode }: Config) {
  const wanted = mode === 'sandbox' ? ['api', 'frames', 'simulator', 'shop'] : ['api', 'frames']
  for (const name of wanted as (keyof typeof ports)[]) {
    const error = await tryToListen(listen, ports[name])
    if (error) throw listenTrouble(error, listen, ports[name], ports.api)
  }
}

function tryToListen(listen: string, port: number): Promise<Error | undefined> {
  const probe = createServer()
  return new Promise((done) => {
    probe.once('error', done)
    probe.listen(port, listen, () => probe.close(() => done(undefined)))
  })
}

function listenTrouble(error: Error, listen: string, port: number, first: number): ClearError {
  const code = codeOf(error)
  if (code === 'EADDRINUSE') {
    const other = first + 100 > 65_000 ? first - 100 : first + 100
    return new ClearError(
      `Port ${port} is in use by another program. Stop it, or use other ports: npm start -- --port ${other} (takes ${other} to ${other + 4}).`,
    )
  }
  if (code === 'EACCES') return new ClearError(`Port ${port} needs more rights: choose a --port above 1024.`)
  return new ClearError(`Cannot listen on ${listen} (${code || error.message}): correct --listen.`)
}

function tell(line: string) {
  process.stdout.write(`${line}\n`)
}
