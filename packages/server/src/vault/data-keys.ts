/** The keys of each merchant's cards: random, wrapped by a key derived from the root, unwrapped when they are needed. */
import { randomBytes } from 'node:crypto'
import { addDataKey, readDataKeys } from '../store/data-keys.ts'
import type { Queryable } from '../store/db.ts'
import { decrypt, encrypt, type Keyring } from './keyring.ts'
import { Secret } from './secret.ts'

const DATA_KEY_BYTES = 32
const ENTITIES_HELD = 10_000

interface DataKey {
  version: number
  key: Secret
}

export interface DataKeys {
  /** The key for what is kept from now on; the first one is made when it is asked for. */
  newest(entityKey: number): Promise<DataKey>
  /** The key something was kept under. */
  ofVersion(entityKey: number, version: number): Promise<Secret>
}

export function openDataKeys(db: Queryable, keys: Keyring): DataKeys {
  const held = new Map<number, DataKey[]>()

  /** The merchant's data keys, newest first. */
  async function dataKeys(entityKey: number, make: boolean): Promise<DataKey[]> {
    const known = held.get(entityKey)
    if (known) return known
    let rows = await readDataKeys(db, entityKey)
    if (rows.length === 0 && make) {
      await addDataKey(db, entityKey, { version: 1, wrapped: newWrappedKey(keys, entityKey, 1) })
      rows = await readDataKeys(db, entityKey)
    }
    const opened = rows.map((row) => ({ version: row.version, key: unwrap(keys, entityKey, row.version, row.wrapped) }))
    if (held.size >= ENTITIES_HELD) held.clear()
    if (opened.length > 0) held.set(entityKey, opened)
    return opened
  }

  return {
    async newest(entityKey) {
      const [newest] = await dataKeys(entityKey, true)
      if (!newest) throw new Error('no data key was made')
      return newest
    },
    /** A version another node has made since is looked up again. */
    async ofVersion(entityKey, version) {
      for (const fresh of [false, true]) {
        if (fresh) held.delete(entityKey)
        const found = (await dataKeys(entityKey, false)).find((key) => key.version === version)
        if (found) return found.key
      }
      throw new Error(`data key ${version} of entity ${entityKey} is gone`)
    },
  }
}

function newWrappedKey(keys: Keyring, entityKey: number, version: number): Buffer {
  const plain = randomBytes(DATA_KEY_BYTES)
  const wrapped = encrypt(keys.key('data-keys'), dataKeyContext(entityKey, version), plain)
  plain.fill(0)
  return wrapped
}

function unwrap(keys: Keyring, entityKey: number, version: number, wrapped: Buffer): Secret {
  return new Secret(decrypt(keys.key('data-keys'), dataKeyContext(entityKey, version), wrapped))
}

function dataKeyContext(entityKey: number, version: number): string {
  return `data-key|${entityKey}|${version}`
}
