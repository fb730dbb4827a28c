/** Opening a database: brought to this version, and refused when it belongs to another mode or another root key. */
import { timingSafeEqual } from 'node:crypto'
import { type Config, SettingError } from '../config.ts'
import type { Queryable } from '../store/db.ts'
import { claimInstallation, type Installation, readInstallation } from '../store/installation.ts'
import { schemaState } from '../store/migrate.ts'
import { rootKeyCheck } from '../vault/root-key.ts'

/**
 * Before anything is made in a migrated database. The first who opens it says what it is for.
 * @throws SettingError when that was said differently before
 */
export async function enterInstallation(
  db: Queryable,
  config: Pick<Config, 'mode' | 'masterKey' | 'dataDir'>,
): Promise<void> {
  const keyCheck = rootKeyCheck(config)
  const known = await claimInstallation(db, { mode: config.mode, keyCheck })
  refuseOtherMode(known, config.mode)
  if (!timingSafeEqual(known.keyCheck, keyCheck)) {
    throw new SettingError(
      'The keys in this database were made with another SLUICE_MASTER_KEY: set that one, or use another --data-dir.',
    )
  }
}

/**
 * For who only reads: nothing is made or changed.
 * @throws SettingError when there is nothing of this version and mode to read
 */
export async function refuseForeignDatabase(db: Queryable, mode: Config['mode']): Promise<void> {
  const state = await schemaState(db)
  if (state === 'missing') throw new SettingError('There is no Sluice in this database: name the one that has it.')
  if (state === 'older') {
    throw new SettingError(
      'This database is of an older version of Sluice: start this version on it once, it migrates.',
    )
  }
  if (state === 'newer') {
    throw new SettingError('This database is of a newer version of Sluice: use that version.')
  }
  const known = await readInstallation(db)
  if (known) refuseOtherMode(known, mode)
}

function refuseOtherMode(known: Pick<Installation, 'mode'>, mode: Config['mode']) {
  if (known.mode === mode) return
  throw new SettingError(
    `This database is in ${known.mode} and SLUICE_MODE is ${mode}: set SLUICE_MODE=${known.mode}, or use another --data-dir or database.`,
  )
}
