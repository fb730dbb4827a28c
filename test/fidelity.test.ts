/** What the simulated world does, and how far it is known to be so: over HTTP, and on the page of the docs. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fidelityTable } from '@sluice/simulator/fidelity'
import { fidelityReference, PAGE } from '../scripts/fidelity-reference.ts'
import { freePort, startSluice } from './support/sluice.ts'

test('the reference page of fidelity is what the data makes (node scripts/fidelity-reference.ts)', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), fidelityReference())
})

test('every row of the table is on the page, and every row of the page in the table', () => {
  const lines = readFileSync(PAGE, 'utf8').split('\n')
  const listed = lines.filter((line) => /^\| .* \| (confirmed|inferred) \| /.test(line))
  const rows = fidelityTable().map(({ behaviour, fidelity, note }) => `| ${behaviour} | ${fidelity} | ${note} |`)
  assert.deepEqual(listed, rows)
})

test('GET /sandbox/fidelity', async (t) => {
  const sluice = await startSluice(t)

  await t.test('answers the whole table, to anybody', async () => {
    const { status, body } = await sluice.get('/sandbox/fidelity', { authorization: '' })
    assert.equal(status, 200)
    assert.deepEqual(body, { data: fidelityTable() })
  })
})

test('GET /sandbox/fidelity says when the simulator cannot be reached', async (t) => {
  const nobody = `http://localhost:${await freePort()}`
  const sluice = await startSluice(t)
  const { urls } = sluice.config as { urls: { simulator: string } }
  urls.simulator = nobody
  assert.equal((await sluice.get('/sandbox/fidelity')).status, 502)
})
