/** `sluice verify`: every money invariant, and our books against the simulated bank's. */
import type { Config } from '@sluice/server/config'
import { refuseForeignDatabase } from '@sluice/server/operations/installation'
import { type Verification, verify } from '@sluice/server/operations/verify'
import type { Exchange } from '@sluice/server/processors/exchange'
import { openPool, openStore } from '@sluice/server/store/store'
import { openExchange } from '@sluice/server/vault/send'
import { startSimulator } from '@sluice/simulator/main'
import { pino } from 'pino'
import { certificateToTrust } from './certificate.ts'
import { codeOf } from './clear-error.ts'
import { borrowMadeDatabases } from './databases.ts'

const NO_SUCH_DATABASE = '3D000'

/**
 * `sound` is false when an invariant is broken or could not be checked. Reads only; without a running bank, one is
 * opened on its books for the moment. Throws `ClearError` or `SettingError` when there is no database to check.
 */
export async function verifyDatabase(config: Config): Promise<{ lines: string[]; sound: boolean }> {
  const databases = await borrowMadeDatabases(config, 'verify')
  try {
    const pool = openPool(databases.sluice, config.databaseConnections, config.databaseWaitMs)
    pool.on('error', () => {}) // told by the statement that was running
    const store = openStore(pool)
    try {
      await refuseForeignDatabase(store.db, config.mode)
      const exchange = openExchange(certificateToTrust(config))
      const bank =
        config.mode === 'sandbox' && !(await answers(exchange, config.urls.simulator))
          ? await openBank(databases.simulator)
          : undefined
      const urls = bank ? { ...config.urls, simulator: bank.url } : config.urls
      try {
        return report(await verify({ store, exchange, config: { urls } }))
      } finally {
        await bank?.close()
      }
    } finally {
      await store.close()
    }
  } finally {
    await databases.stop()
  }
}

function report({ entities, payments, movements, breaches, unchecked }: Verification) {
  const lines = breaches.map(
    ({ entity, rule, subject, detail }) => `BROKEN ${rule}: ${subject} of ${entity}: ${detail}`,
  )
  lines.push(...unchecked.map((reason) => `not checked: ${reason}`))
  const looked = [counted(entities, 'merchant'), counted(payments, 'payment')].join(', ')
  const found = breaches.length === 0 ? 'every invariant holds' : `${breaches.length} broken`
  lines.push(`${looked}, ${counted(movements, 'movement')} on the bank's books: ${found}.`)
  return { lines, sound: breaches.length === 0 && unchecked.length === 0 }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** `undefined` when its books were never made. */
async function openBank(databaseUrl: string) {
  const log = pino({ level: 'silent' })
  try {
    return await startSimulator({ listen: '127.0.0.1', port: 0, databaseUrl, hosts: [], log })
  } catch (error) {
    if (codeOf(error) === NO_SUCH_DATABASE) return undefined
    throw error
  }
}

async function answers(exchange: Exchange, url: string): Promise<boolean> {
  return exchange({ method: 'GET', url, headers: {} }, undefined, AbortSignal.timeout(2000)).then(
    () => true,
    () => false,
  )
}
