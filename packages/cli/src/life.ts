/** When a running command has to end: Ctrl-C, a service manager's signal, or the death of the process that started it. */

/** A terminal sends Ctrl-C to us, npm passes it on again, and so does the Node 20 front door: that is one wish, not three. */
const ECHO_MS = 500
const WATCH_MS = 1000

export interface Life {
  /** Resolves with the reason at the first wish to end. */
  ended: Promise<string>
  /** Calls back at a second wish, which means hurry. */
  onHurry: (hurry: () => void) => void
}

export function watchLife(): Life {
  let firstAt: number | undefined
  let hurry = () => {}
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  const wish = (reason: string) => {
    const now = performance.now()
    if (firstAt === undefined) {
      firstAt = now
      resolve(reason)
    } else if (now - firstAt > ECHO_MS) hurry()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => wish(signal))
  watchParents(() => {
    if (firstAt === undefined) wish('the process that started it ended')
  })
  return { ended, onHurry: (then) => (hurry = then) }
}

/** The front door under another Node holds a channel to us; npm does not, but its children change parents when it dies. */
function watchParents(gone: () => void) {
  if (process.channel) {
    process.on('disconnect', gone)
    process.channel.unref()
  }
  if (process.env.npm_lifecycle_event && !process.channel) {
    const parent = process.ppid
    setInterval(() => process.ppid !== parent && gone(), WATCH_MS).unref()
  }
}
