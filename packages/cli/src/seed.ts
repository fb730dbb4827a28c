/** `sluice seed`: a merchant of one's own, or a further processing channel of one. */
import { isCountry } from '@sluice/core/countries'
import { isCreditorId, TEST_CREDITOR_ID } from '@sluice/core/creditor-id'
import type { Config } from '@sluice/server/config'
import { type CreatedEntity, createEntity } from '@sluice/server/operations/create-entity'
import { findEntityByName } from '@sluice/server/store/entities'
import type { ChannelSettings } from '@sluice/server/store/merchants'
import { withContext } from './borrow-context.ts'
import { ClearError } from './clear-error.ts'
import { hasDatabase } from './databases.ts'
import { parentOrigins } from './origins.ts'

export interface SeedRequest {
  name: string
  channel?: string
  /** Whose pages may hold the card frames of the public key that is made. */
  origin?: readonly string[]
  /** Identifier of the creditor that the channel's SEPA mandates name. */
  creditorId?: string
  /** What issuers are told of the merchant with 3-D Secure: ISO 18245, and ISO 3166-1 alpha-2. */
  merchantCategoryCode?: string
  merchantCountry?: string
}

/**
 * Works beside a running `start` on the same data folder, and without one.
 * @param tell what the operator has to know beside the result: that there was no database and one was made
 */
export async function seed(
  config: Config,
  { name, channel, origin = [], ...given }: SeedRequest,
  tell: (line: string) => void,
): Promise<CreatedEntity> {
  const origins = parentOrigins(config, '--origin', origin)
  const settings = settingsOf(given)
  if (config.databaseUrl === undefined && !hasDatabase(config.dataDir)) {
    tell(`There is no database in ${config.dataDir} yet: making one.`)
  }
  return withContext(config, 'seed', async (ctx) => {
    if (channel === undefined && (await findEntityByName(ctx.store.db, name))) {
      throw new ClearError(`The merchant ${name} exists already: name a further channel of it with --channel.`)
    }
    return createEntity(ctx, {
      name,
      origins,
      ...(channel !== undefined && { channel }),
      settings,
    })
  })
}

function settingsOf({
  creditorId,
  merchantCategoryCode: mcc,
  merchantCountry: country,
}: Omit<SeedRequest, 'name'>): Partial<ChannelSettings> {
  if (creditorId !== undefined && !isCreditorId(creditorId)) {
    throw new ClearError(`--creditor-id must be an identifier of a SEPA creditor, such as ${TEST_CREDITOR_ID}.`)
  }
  if (mcc !== undefined && !/^\d{4}$/.test(mcc)) {
    throw new ClearError('--merchant-category-code must be four digits, such as 5999.')
  }
  if (country !== undefined && !isCountry(country)) {
    throw new ClearError('--merchant-country must be two letters of ISO 3166-1, such as GB.')
  }
  return {
    ...(creditorId !== undefined && { creditor_id: creditorId }),
    ...(mcc !== undefined && { merchant_category_code: mcc }),
    ...(country !== undefined && { merchant_country: country }),
  }
}
