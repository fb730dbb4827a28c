/** Failures on purpose are for a sandbox: production has neither scenarios nor holds, nor a clock that is moved. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEntity } from '../../src/operations/create-entity.ts'
import { merchantOf } from '../../src/operations/merchant.ts'
import { attachScenario, underScenario } from '../../src/operations/scenarios.ts'
import { startApi } from './support.ts'

const masterKey = Buffer.alloc(32, 7).toString('base64')

test('production answers 404 to every call that would make something fail, or stop it, or move its clock', async (t) => {
  const { app, ctx } = await startApi(t, { config: { mode: 'production', keys: 'generated', masterKey } })
  const { keys } = await createEntity(ctx, { name: 'Shop' })
  const calls = [
    ['POST', '/sandbox/scenarios'],
    ['GET', '/sandbox/scenarios'],
    ['GET', '/sandbox/scenarios/catalogue'],
    ['GET', '/sandbox/scenarios/schema'],
    ['DELETE', '/sandbox/scenarios/scn_x'],
    ['POST', '/sandbox/holds'],
    ['GET', '/sandbox/holds'],
    ['POST', '/sandbox/holds/hld_x/release'],
    ['POST', '/sandbox/clock'],
    ['GET', '/sandbox/clock'],
    ['GET', '/sandbox/fidelity'],
  ] as const
  for (const [method, url] of calls) {
    const payload = method === 'POST' ? { payload: { name: 'slow-bank', at: 'submit.claimed', freeze: true } } : {}
    const reply = await app.inject({ method, url, headers: { authorization: keys.secret }, ...payload })
    assert.equal(reply.statusCode, 404, `${method} ${url}`)
  }
})

test('in production neither metadata.sluice_scenario nor what a sandbox left behind changes anything', async (t) => {
  const { ctx, log } = await startApi(t, { config: { mode: 'production', keys: 'generated', masterKey } })
  await createEntity(ctx, { name: 'Shop' })
  const { rows } = await ctx.store.db.query<{ entity_key: number }>({
    name: 'entity_of_test',
    text: 'select entity_key from entities',
    values: [],
  })
  const { entity_key: entityKey } = rows[0] as { entity_key: number }
  const merchant = await merchantOf(ctx, entityKey)
  const prepared = (metadata: object) =>
    ({
      record: { key: 'pay_x', request: { metadata }, warnings: [], processor: { processor: 'simulator' } },
      card: undefined,
    }) as unknown as Parameters<typeof underScenario>[3]
  const caller = { entityKey, channels: 'all' } as const
  // A database may have been a sandbox's before.
  const sandbox = { ...ctx, config: { ...ctx.config, mode: 'sandbox' as const } }
  await attachScenario(sandbox, caller, { name: 'hard-decline-mix' })
  const under = async (at: typeof ctx, metadata: object) =>
    (await underScenario(at, merchant, caller, prepared(metadata))).record
  const attached = (await under(sandbox, { order: 1 })).processor['scenario'] as { name: string } | undefined
  assert.equal(attached?.name, 'hard-decline-mix')

  const quiet = prepared({ order: 1 })
  assert.equal(await underScenario(ctx, merchant, caller, quiet), quiet)
  const record = await under(ctx, { sluice_scenario: 'hard-decline-mix' })
  assert.equal(record.processor['scenario'], undefined)
  assert.match(record.warnings.join(), /sluice_scenario is ignored in production/)
  assert.match(log.join(), /sluice_scenario is ignored in production/)
})
