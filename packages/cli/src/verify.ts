/** `sluice verify`: every money invariant, and our books against the simulated bank's. */
import type { Config } from '@sluice/server/config'
import type { Context } from '@sluice/server/context'
import { verify } from '@sluice/server/operations/verify'
import { startSimulator } from '@sluice/simulator/main'
import { pino } from 'pino'
import { withContext } from './borrow-context.ts'

/** `sound` is false when an invariant is broken. Without a running bank, one is opened on its books for the moment. */
export function verifyDatabase(config: Config): Promise<{ lines: string[]; sound: boolean }> {
  return withContext(config, 'verify', async (ctx, databases) => {
    const bank =
      config.mode === 'sandbox' && !(await answers(ctx, config.urls.simulator))
        ? await openBank(databases.simulator)
        : undefined
    const urls = bank ? { ...ctx.config.urls, simulator: bank.url } : ctx.config.urls
    try {
      const { entities, payments, movements, breaches, unchecked } = await verify({
        ...ctx,
        config: { ...ctx.config, urls },
      })
      const lines = breaches.map(
        ({ entity, rule, subject, detail }) => `BROKEN ${rule}: ${subject} of ${entity}: ${detail}`,
      )
      lines.push(...unchecked.map((reason) => `not checked: ${reason}`))
      const found = breaches.length === 0 ? 'every invariant holds' : `${breaches.length} broken`
      lines.push(`${entities} merchants, ${payments} payments, ${movements} movements on the bank's books: ${found}.`)
      return { lines, sound: breaches.length === 0 && unchecked.length === 0 }
    } finally {
      await bank?.close()
    }
  })
}

function openBank(databaseUrl: string) {
  const log = pino({ level: 'silent' })
  return startSimulator({ listen: '127.0.0.1', port: 0, databaseUrl, hosts: [], log })
}

async function answers(ctx: Context, url: string): Promise<boolean> {
  return ctx.exchange({ method: 'GET', url, headers: {} }, undefined, AbortSignal.timeout(2000)).then(
    () => true,
    () => false,
  )
}
