/** `sluice seed`: a merchant of one's own, or a further processing channel of one. */
import type { Config } from '@sluice/server/config'
import { InvalidRequest } from '@sluice/core/problems'
import { type CreatedEntity, createEntity } from '@sluice/server/operations/create-entity'
import { withContext } from './borrow-context.ts'
import { ClearError } from './clear-error.ts'

/** Works beside a running `start` on the same data folder, and without one. */
export function seed(
  config: Config,
  request: { name: string; channel?: string },
): Promise<Omit<CreatedEntity, 'entityKey'>> {
  return withContext(config, 'seed', async (ctx) => {
    const { entityKey: _, ...created } = await createEntity(ctx, request).catch((error: unknown) => {
      if (!(error instanceof InvalidRequest)) throw error
      throw new ClearError(
        `The merchant ${request.name} exists already: name a new processing channel of it with --channel.`,
      )
    })
    return created
  })
}
