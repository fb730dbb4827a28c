/** What an operation needs, for a command that runs beside the server or without it. */
import type { Config } from '@sluice/server/config'
import type { Context } from '@sluice/server/context'
import { openContext } from '@sluice/server/main'
import { certificateToTrust } from './certificate.ts'
import { borrowDatabases } from './databases.ts'

/**
 * Opens, works and closes. Nothing is logged: a command's standard output holds its result and nothing else.
 * @param borrow `borrowMadeDatabases` for a command that has no use for a database it would have to make
 */
export async function withContext<Result>(
  config: Config,
  command: string,
  work: (ctx: Context) => Promise<Result>,
  borrow = borrowDatabases,
): Promise<Result> {
  const databases = await borrow(config, command)
  try {
    const quiet: Config = { ...config, databaseUrl: databases.sluice, logLevel: 'silent' }
    const trusted = certificateToTrust(config)
    const { ctx, close } = await openContext(quiet, { jobs: false, ...(trusted !== undefined && { trusted }) })
    try {
      return await work(ctx)
    } finally {
      await close()
    }
  } finally {
    await databases.stop()
  }
}
