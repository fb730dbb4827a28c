/** `sluice revoke`: ends a key that has become known, or is no longer used. */
import { text } from 'node:stream/consumers'
import type { Config } from '@sluice/server/config'
import { revoke } from '@sluice/server/operations/revoke'
import { withContext } from './borrow-context.ts'
import { ClearError } from './clear-error.ts'
import { borrowMadeDatabases } from './databases.ts'

/**
 * Resolves with what was done, in one line that does not hold the key.
 * @param given the key or client id; read from standard input when absent, where no list of processes shows it
 */
export async function revokeKey(config: Config, given: string | undefined): Promise<string> {
  const credential = (given ?? (await text(process.stdin))).trim()
  if (credential === '') throw new ClearError('Name a key or a client id to revoke, or write it to standard input.')
  const revoked = await withContext(config, 'revoke', (ctx) => revoke(ctx, credential), borrowMadeDatabases)
  if (!revoked) throw new ClearError('No key or client of this database is called that, or it is revoked already.')
  return `Revoked ${revoked.name} of ${revoked.entity}; it stops working within a few seconds.`
}
