/** `sluice seed`: a merchant of one's own, or a further processing channel of one. */
import type { Config } from '@sluice/server/config'
import { openContext } from '@sluice/server/main'
import { type CreatedEntity, createEntity } from '@sluice/server/operations/create-entity'
import { borrowDatabases } from './databases.ts'

/** Works beside a running `start` on the same data folder, and without one. */
export async function seed(config: Config, request: { name: string; channel?: string }): Promise<CreatedEntity> {
  const databases = await borrowDatabases(config, 'seed', () => {})
  try {
    const { ctx, close } = await openContext({ ...config, databaseUrl: databases.sluice })
    try {
      return await createEntity(ctx, request)
    } finally {
      await close()
    }
  } finally {
    await databases.stop()
  }
}
