/** The keys that sign access tokens. Global: a token is checked before the merchant is known. */
import type { JWK } from 'jose'
import type { Queryable } from './db.ts'

/** `private_jwk` is the JSON of the key, wrapped by the vault. */
export interface SigningKeyRow {
  kid: string
  public_jwk: JWK
  private_jwk: Buffer
  created_on: Date
}

/** All keys, the newest first: that one signs. */
export async function listSigningKeys(db: Queryable): Promise<SigningKeyRow[]> {
  const { rows } = await db.query<SigningKeyRow>({
    name: 'list_signing_keys',
    text: `select kid, public_jwk, private_jwk, created_on from signing_keys order by created_on desc, kid`,
    values: [],
  })
  return rows
}

/** Adds a key, unless there is one that is younger than `youngerThanS` seconds: two nodes that start together need one. */
export async function insertSigningKey(
  db: Queryable,
  key: { kid: string; publicJwk: JWK; privateJwk: Uint8Array },
  youngerThanS: number,
) {
  await db.query({
    name: 'insert_signing_key',
    text: `
      insert into signing_keys (kid, public_jwk, private_jwk)
      select $1, $2::jsonb, $3
       where not exists (select from signing_keys where created_on > now() - make_interval(secs => $4))`,
    values: [key.kid, JSON.stringify(key.publicJwk), key.privateJwk, youngerThanS],
  })
}

/** Forgets keys that a newer one has replaced for longer than `keptS` seconds: no token they signed is still valid. */
export async function deleteReplacedSigningKeys(db: Queryable, keptS: number) {
  await db.query({
    name: 'delete_replaced_signing_keys',
    text: `
      delete from signing_keys old
       using (select max(created_on) as replaced_on from signing_keys) newest
       where old.created_on < newest.replaced_on and newest.replaced_on < now() - make_interval(secs => $1)`,
    values: [keptS],
  })
}
