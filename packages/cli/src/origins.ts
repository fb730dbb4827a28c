/** `sluice origins`: whose pages may hold the card frames of a public key. */
import type { Config } from '@sluice/server/config'
import { type KeyOrigins, originsOf, parentOrigin } from '@sluice/server/operations/origins'
import { withContext } from './borrow-context.ts'
import { ClearError } from './clear-error.ts'
import { borrowMadeDatabases } from './databases.ts'

export interface OriginsRequest {
  /** `pk_…` */
  key: string
  add?: readonly string[]
  remove?: readonly string[]
}

/** Resolves with the origins there are after the change. */
export async function origins(config: Config, { key, add = [], remove = [] }: OriginsRequest): Promise<KeyOrigins> {
  const changes = { add: parentOrigins(config, '--add', add), remove: parentOrigins(config, '--remove', remove) }
  const found = await withContext(config, 'origins', (ctx) => originsOf(ctx, key, changes), borrowMadeDatabases)
  if (!found) throw new ClearError('No public key of this database is called that, or it is revoked.')
  return found
}

/**
 * As they are kept.
 * @param flag which flag named them, for the error
 */
export function parentOrigins({ mode }: Pick<Config, 'mode'>, flag: string, given: readonly string[]): string[] {
  return given.map((text) => {
    const origin = parentOrigin(text, mode)
    if (origin !== undefined) return origin
    const example = mode === 'production' ? 'an https origin such as' : 'an origin such as'
    throw new ClearError(
      `${flag} must be ${example} https://shop.example, without path or wildcard (got ${JSON.stringify(text.slice(0, 60))}).`,
    )
  })
}
