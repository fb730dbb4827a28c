/** Tokens, as the vault writes and reads them. Nothing here opens without the token itself. */
import type { TokenMetadataReply } from '@sluice/core/wire/tokens'
import type { Queryable } from './db.ts'

/** What may be shown of what a token stands for. */
export type TokenFacts = Omit<TokenMetadataReply, 'token' | 'expires_on'>

interface NewTokenRow {
  /** MAC of the token, 32 bytes. */
  id: Buffer
  facts: TokenFacts
  sealed: Buffer
  /** Version of the merchant's data key that `sealed` needs beside the token. */
  keyVersion: number
  maxUses: number
  retrieveIdentifier: string | undefined
  lifeS: number
}

export interface TokenRow {
  facts: TokenFacts
  expiresOn: Date
}

/** Answers the merchant's time at which the token expires. */
export async function keepToken(db: Queryable, entityKey: number, token: NewTokenRow): Promise<Date> {
  const { rows } = await db.query<{ expiresOn: Date }>({
    name: 'keep_token',
    text: `
      insert into tokens (entity_key, id, facts, sealed, key_version, max_uses, retrieve_identifier, expires_on)
      select $1, $2, $3, $4, $5, $6, $7, clock.now + make_interval(secs => $8)
        from entity_now clock
       where clock.entity_key = $1
      returning expires_on as "expiresOn"`,
    values: [
      entityKey,
      token.id,
      JSON.stringify(token.facts),
      token.sealed,
      token.keyVersion,
      token.maxUses,
      token.retrieveIdentifier ?? null,
      token.lifeS,
    ],
  })
  if (!rows[0]) throw new Error(`there is no entity ${entityKey}`)
  return rows[0].expiresOn
}

/** One that has expired is not there any more, whether or not it has been deleted. */
export async function readToken(db: Queryable, entityKey: number, id: Buffer): Promise<TokenRow | undefined> {
  const { rows } = await db.query<TokenRow>({
    name: 'read_token',
    text: `
      select t.facts, t.expires_on as "expiresOn"
        from tokens t
        join entity_now clock on clock.entity_key = t.entity_key
       where t.entity_key = $1 and t.id = $2 and t.expires_on > clock.now`,
    values: [entityKey, id],
  })
  return rows[0]
}

/** Deletes what has expired by the clock of its merchant; answers how many there were. */
export async function deleteExpiredTokens(db: Queryable): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete_expired_tokens',
    text: `
      delete from tokens t
       using entity_now clock
       where clock.entity_key = t.entity_key and t.expires_on <= clock.now`,
    values: [],
  })
  return rowCount ?? 0
}
