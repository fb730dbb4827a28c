/** `sluice seed`: a merchant of one's own, or a further processing channel of one. */
import type { Config } from '@sluice/server/config'
import { type CreatedEntity, createEntity } from '@sluice/server/operations/create-entity'
import { findEntityByName } from '@sluice/server/store/entities'
import { withContext } from './borrow-context.ts'
import { ClearError } from './clear-error.ts'
import { hasDatabase } from './databases.ts'
import { parentOrigins } from './origins.ts'

export interface SeedRequest {
  name: string
  channel?: string
  /** Whose pages may hold the card frames of the public key that is made. */
  origin?: readonly string[]
}

/**
 * Works beside a running `start` on the same data folder, and without one.
 * @param tell what the operator has to know beside the result: that there was no database and one was made
 */
export async function seed(
  config: Config,
  { name, channel, origin = [] }: SeedRequest,
  tell: (line: string) => void,
): Promise<CreatedEntity> {
  const origins = parentOrigins(config, '--origin', origin)
  if (config.databaseUrl === undefined && !hasDatabase(config.dataDir)) {
    tell(`There is no database in ${config.dataDir} yet: making one.`)
  }
  return withContext(config, 'seed', async (ctx) => {
    if (channel === undefined && (await findEntityByName(ctx.store.db, name))) {
      throw new ClearError(`The merchant ${name} exists already: name a further channel of it with --channel.`)
    }
    return createEntity(ctx, { name, origins, ...(channel !== undefined && { channel }) })
  })
}
