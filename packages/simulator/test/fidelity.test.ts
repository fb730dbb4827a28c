/** Every row of the data that decides what the simulator does says how far it is known to be so, and stands in one table. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { PAYMENT_METHODS } from '@sluice/core/payment-methods'
import { SCENARIO_CATALOGUE } from '@sluice/core/scenario-catalogue'
import { fidelityTable } from '../src/fidelity.ts'
import { TEST_CARDS } from '../src/issuer/cards.ts'
import { LIST_RULES } from '../src/issuer/risk.ts'
import { THREE_DS_CARDS } from '../src/issuer/three-ds-cards.ts'
import { VELOCITY_RULES } from '../src/issuer/velocity.ts'
import { VERIFICATION_CARDS } from '../src/issuer/verification-cards.ts'
import { FAULTS, MANNERS } from '../src/switches.ts'
import { THREE_DS_WORDS } from '../src/three-ds/switches.ts'
import { WALLET_CARDS } from '../src/wallets/cards.ts'
import { startBank } from './support.ts'

const SOURCES = new URL('../src/', import.meta.url)
/** Tables of texts and addresses: they say how a page looks, not what happens. */
const NOT_BEHAVIOUR = /(^|\/)(texts|addresses|styles|wire|main|migrate)\.ts$|^pages\//

/** Tables that the modules export: lists of objects, and objects of objects. */
async function exportedTables(): Promise<{ name: string; rows: unknown[] }[]> {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !NOT_BEHAVIOUR.test(file),
  )
  const tables = await Promise.all(
    files.map(async (file) => {
      const module = (await import(new URL(file, SOURCES).href)) as Record<string, unknown>
      return Object.entries(module).flatMap(([name, value]) => {
        if (!/^[A-Z][A-Z_]+$/.test(name) || typeof value !== 'object' || value === null) return []
        const rows = Object.values(value).filter((row) => typeof row === 'object' && row !== null)
        return rows.length > 0 ? [{ name: `${name} of ${file}`, rows }] : []
      })
    }),
  )
  return [
    ...tables.flat(),
    { name: 'methods', rows: [...PAYMENT_METHODS] },
    { name: 'scenarios', rows: [...SCENARIO_CATALOGUE] },
  ]
}

test('every row of every table of the simulator has a fidelity', async () => {
  const tables = await exportedTables()
  assert.ok(tables.length >= 16, 'the tables are found')
  for (const { name, rows } of tables) {
    for (const row of rows) {
      const { fidelity } = row as { fidelity?: unknown }
      assert.ok(fidelity === 'confirmed' || fidelity === 'inferred', `${name}: ${JSON.stringify(row)}`)
    }
  }
})

test('the table has every row once, each with where it comes from', () => {
  const table = fidelityTable()
  for (const row of table) for (const text of Object.values(row)) assert.notEqual(text.trim(), '', JSON.stringify(row))
  const names = table.map(({ area, behaviour }) => `${area}: ${behaviour}`)
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  )
})

test('nothing the data decides is missing from the table', () => {
  const told = (area: string) => fidelityTable().filter((row) => row.area === area)
  const beginnings = (area: string) => told(area).map(({ behaviour }) => behaviour.split(':')[0])
  for (const { number, fidelity } of TEST_CARDS) {
    assert.equal(told('Cards').find(({ behaviour }) => behaviour.startsWith(`${number}: `))?.fidelity, fidelity)
  }
  assert.deepEqual(
    beginnings('Verification cards'),
    VERIFICATION_CARDS.flatMap(({ numbers }) => numbers),
  )
  assert.deepEqual(
    beginnings('3-D Secure cards'),
    THREE_DS_CARDS.flatMap(({ numbers }) => numbers),
  )
  for (const { id } of WALLET_CARDS) assert.ok(beginnings('Wallets').includes(id), id)
  assert.equal(told('Risk lists').length, LIST_RULES.length)
  assert.equal(told('Risk velocity').length, VELOCITY_RULES.length)
  assert.deepEqual(beginnings('Switches'), Object.keys({ ...FAULTS, ...MANNERS, ...THREE_DS_WORDS }))
  assert.deepEqual(
    beginnings('Scenarios'),
    SCENARIO_CATALOGUE.map(({ name }) => name),
  )
})

test('the bank tells whoever asks', async (t) => {
  const { url } = await startBank(t)
  const reply = await fetch(`${url}/fidelity`)
  assert.equal(reply.status, 200)
  assert.deepEqual(await reply.json(), { data: fidelityTable() })
})
