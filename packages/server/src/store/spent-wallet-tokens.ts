/** Tokens of wallets that were paid with. */
import type { Queryable } from './db.ts'

export interface SpentWalletToken {
  /** 32 bytes. */
  id: Buffer
  /** UUID of the sealed details. */
  nonce: string
  /** Real time, milliseconds since 1970. */
  forgetOn: number
}

/** Answers whether the token was spent by these sealed details, now or before. */
export async function spendWalletToken(
  db: Queryable,
  entityKey: number,
  { id, nonce, forgetOn }: SpentWalletToken,
): Promise<boolean> {
  const { rows } = await db.query<{ nonce: string }>({
    name: 'spend_wallet_token',
    text: `
      insert into spent_wallet_tokens as spent (entity_key, id, nonce, forget_on)
      values ($1, $2, $3, to_timestamp($4::float8 / 1000))
      on conflict (entity_key, id) do update set nonce = spent.nonce
      returning nonce`,
    values: [entityKey, id, nonce, forgetOn],
  })
  return rows[0]?.nonce === nonce
}

/** @param before real time, milliseconds since 1970; answers how many there were */
export async function forgetSpentWalletTokens(db: Queryable, before: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'forget_spent_wallet_tokens',
    text: `delete from spent_wallet_tokens where forget_on < to_timestamp($1::float8 / 1000)`,
    values: [before],
  })
  return rowCount ?? 0
}
