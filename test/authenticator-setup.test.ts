/** Who authenticates shoppers in production: nobody by default, and never the simulator. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '@sluice/server/config'
import { openContext } from '@sluice/server/main'
import { createEntity } from '@sluice/server/operations/create-entity'
import { merchantOf } from '@sluice/server/operations/merchant'
import { explainOffer } from '@sluice/server/operations/offer'
import { prepareAuthentication } from '@sluice/server/operations/prepare-authentication'
import { freshDatabase } from './support/database.ts'

const PRODUCTION = {
  SLUICE_MODE: 'production',
  SLUICE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  SLUICE_API_URL: 'https://pay.example.com',
  SLUICE_FRAMES_URL: 'https://frames.example.com',
  SLUICE_LOG_LEVEL: 'silent',
}
const SET_UP = { SLUICE_DIRECTORY_SERVER_URL: 'https://ds.example.com/3ds?of=us' }

test('the directory server of production is named, by https, or there is none', () => {
  const of = (env: Record<string, string>) => readConfig({ ...PRODUCTION, ...env }).directoryServerUrl
  assert.equal(of({}), undefined)
  assert.equal(of(SET_UP), 'https://ds.example.com/3ds?of=us')
  assert.throws(() => of({ SLUICE_DIRECTORY_SERVER_URL: 'http://localhost:4244/3ds/ds' }), {
    name: 'SettingError',
    message: 'SLUICE_DIRECTORY_SERVER_URL must be an https address in production (got http://localhost:4244/3ds/ds).',
  })
  assert.throws(() => of({ SLUICE_DIRECTORY_SERVER_URL: 'ds.example.com' }), /must be a web address/)
})

test('a production channel that authenticates outside the processor', async (t) => {
  async function open(env: Record<string, string>) {
    const config = { ...readConfig({ ...PRODUCTION, ...env }), databaseUrl: await freshDatabase(t) }
    const { ctx, close } = await openContext(config, { jobs: false })
    t.after(close)
    const sent: string[] = []
    const watched = {
      ...ctx,
      exchange: (message: { url: string }) => {
        sent.push(message.url)
        return Promise.reject(new Error('not in this test'))
      },
    }
    const channel = async () => {
      const { rows } = await ctx.store.db.query<{ entity_key: number }>({
        name: 'entity_of_test',
        text: 'select entity_key from entities',
        values: [],
      })
      const { entity_key: entityKey } = rows[0] as { entity_key: number }
      const [first] = (await merchantOf(ctx, entityKey)).channels
      assert.ok(first)
      return { entityKey, channel: first }
    }
    return {
      ctx: watched,
      sent,
      channel,
      async reasons() {
        const { entityKey, channel: found } = await channel()
        const request = { amount: 1000, currency: 'GBP', billing: { address: { country: 'GB' } } }
        const card = (await explainOffer(ctx, entityKey, found, request)).find(({ type }) => type === 'card')
        return card?.reasons.map(({ code }) => code)
      },
    }
  }

  await t.test('is not made where there is nobody to ask; unless asked for, the processor authenticates', async () => {
    const { ctx, channel, reasons } = await open({})
    await assert.rejects(createEntity(ctx, { name: 'Shop', settings: { authentication: 'external' } }), {
      message:
        'A channel with authentication: external needs somebody to ask: set SLUICE_DIRECTORY_SERVER_URL, or use integrated or none.',
    })
    await createEntity(ctx, { name: 'Shop' })
    assert.equal((await channel()).channel.settings['authentication'], 'integrated')
    assert.deepEqual(await reasons(), ['matches'])
  })

  await t.test('that was made when there was somebody takes no cards, says why, and sends nothing', async () => {
    const { ctx, sent, channel, reasons } = await open({})
    await createEntity(ctx, { name: 'Shop' })
    await ctx.store.db.query({
      name: 'test_external',
      text: `update processing_channels set settings = settings || '{"authentication": "external"}'`,
      values: [],
    })
    assert.deepEqual(await reasons(), ['no_authenticator'])
    const { entityKey } = await channel()
    const caller = { entityKey, channels: 'all' as const }
    const prepared = await prepareAuthentication(ctx, caller, '42424242', undefined)
    assert.deepEqual(Object.keys(prepared), ['threeDSServerTransID'])
    assert.deepEqual(sent, [])
  })

  await t.test('has the directory server of the setting, and is then the default', async () => {
    const { ctx, channel, reasons } = await open(SET_UP)
    await createEntity(ctx, { name: 'Shop' })
    assert.equal((await channel()).channel.settings['authentication'], 'external')
    assert.deepEqual(await reasons(), ['matches'])
  })
})
