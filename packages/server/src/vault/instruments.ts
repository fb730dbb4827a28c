/** Cards on file: envelope encryption, a data key for each merchant, wrapped by a key derived from the root. */
import type { Queryable } from '../store/db.ts'
import { type InstrumentRow, keepInstruments, readInstruments } from '../store/instruments.ts'
import type { CardRef } from './card-ref.ts'
import { cvvOfChoice, holdCard, type StoredChoice, secretsOf } from './card-secrets.ts'
import type { DataKeys } from './data-keys.ts'
import { decrypt, encrypt } from './keyring.ts'
import { Secret } from './secret.ts'

/** A card on file as everyone may see it. `id` and `customerId` are UUIDs. */
export type Instrument = Readonly<Omit<InstrumentRow, 'number' | 'keyVersion'>>

export interface InstrumentRoom {
  keep(entityKey: number, card: CardRef, as: { id: string; customerId?: string }): Promise<Instrument>
  stored(entityKey: number, chosen: Pick<StoredChoice, 'instrumentId'>): Promise<CardRef | undefined>
  instrumentsOf(entityKey: number, which: { customerId?: string; ids?: readonly string[] }): Promise<Instrument[]>
}

export function openInstruments(db: Queryable, dataKeys: DataKeys): InstrumentRoom {
  async function keep(entityKey: number, card: CardRef, as: { id: string; customerId?: string }): Promise<Instrument> {
    const newest = await dataKeys.newest(entityKey)
    const number = encrypt(newest.key, numberContext(entityKey, as.id, newest.version), secretsOf(card).number.reveal())
    const [row] = await keepInstruments(db, entityKey, [
      {
        id: as.id,
        customerId: as.customerId,
        fingerprint: card.fingerprint,
        number,
        keyVersion: newest.version,
        bin: card.bin,
        last4: card.last4,
        scheme: card.scheme,
        expiryMonth: card.expiryMonth,
        expiryYear: card.expiryYear,
        name: card.name,
      },
    ])
    if (!row) throw new Error(`there is no entity ${entityKey}`)
    return shown(row)
  }

  async function stored(entityKey: number, chosen: Pick<StoredChoice, 'instrumentId'>): Promise<CardRef | undefined> {
    const [row] = await readInstruments(db, entityKey, { ids: [chosen.instrumentId] })
    if (!row) return undefined
    const key = await dataKeys.ofVersion(entityKey, row.keyVersion)
    const number = new Secret(decrypt(key, numberContext(entityKey, row.id, row.keyVersion), row.number))
    return holdCard(
      {
        origin: 'stored',
        scheme: row.scheme,
        last4: row.last4,
        bin: row.bin,
        expiryMonth: row.expiryMonth,
        expiryYear: row.expiryYear,
        fingerprint: row.fingerprint,
        instrumentId: row.id,
        ...(row.name !== undefined && { name: row.name }),
      },
      number,
      cvvOfChoice(chosen),
    )
  }

  async function instrumentsOf(entityKey: number, which: { customerId?: string; ids?: readonly string[] }) {
    const { ids = [], customerId } = which
    const rows = await readInstruments(db, entityKey, {
      ids,
      customerIds: customerId === undefined ? [] : [customerId],
    })
    return rows.map(shown)
  }

  return { keep, stored, instrumentsOf }
}

/** Ties a number to its row: moved to another merchant or instrument, it does not open. */
function numberContext(entityKey: number, instrumentId: string, keyVersion: number): string {
  return `instrument|${entityKey}|${instrumentId}|number|${keyVersion}`
}

function shown({ number: _number, keyVersion: _keyVersion, ...row }: InstrumentRow): Instrument {
  return row
}
