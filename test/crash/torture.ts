/**
 * The long torture, for a night or a release: `npm run torture -- --kills 1000 [--shoppers 12] [--seed TEXT]`. A seed
 * makes the same choices again; when the machine hits which kill is its own affair.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import { torture } from '../support/crash-torture.ts'

const MOST_KILLS = 10_000
const MOST_SHOPPERS = 64

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    shoppers: { type: 'string', default: '12' },
    seed: { type: 'string', default: randomUUID() },
  },
})
const kills = Math.min(Number(values.kills), MOST_KILLS)
const shoppers = Math.min(Number(values.shoppers), MOST_SHOPPERS)
assert.ok(kills > 0 && shoppers > 0, '--kills and --shoppers are numbers above zero')

test(`${kills} kills under ${shoppers} shoppers, seed ${values.seed}`, async (t) => {
  const log = (line: string) => process.stderr.write(`${line}\n`)
  log(JSON.stringify(await torture(t, { kills, shoppers, seed: values.seed, log })))
})
