/** `sluice seed`: a merchant of one's own, or a further processing channel of one. */
import type { Config } from '@sluice/server/config'
import { type CreatedEntity, createEntity } from '@sluice/server/operations/create-entity'
import { findEntityByName } from '@sluice/server/store/entities'
import { withContext } from './borrow-context.ts'
import { ClearError } from './clear-error.ts'
import { hasDatabase } from './databases.ts'

/**
 * Works beside a running `start` on the same data folder, and without one.
 * @param tell what the operator has to know beside the result: that there was no database and one was made
 */
export function seed(
  config: Config,
  request: { name: string; channel?: string },
  tell: (line: string) => void,
): Promise<CreatedEntity> {
  if (config.databaseUrl === undefined && !hasDatabase(config.dataDir)) {
    tell(`There is no database in ${config.dataDir} yet: making one.`)
  }
  return withContext(config, 'seed', async (ctx) => {
    if (request.channel === undefined && (await findEntityByName(ctx.store.db, request.name))) {
      throw new ClearError(`The merchant ${request.name} exists already: name a further channel of it with --channel.`)
    }
    return createEntity(ctx, request)
  })
}
