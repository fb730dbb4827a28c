import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { readConfig, settings } from '@sluice/server/config'

const PAGE = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'settings.md')
const KEY = Buffer.alloc(32, 7).toString('base64')

/** The reference page, as the table of settings makes it. */
function settingsPage(): string {
  const rows = settings.map(({ env, flag, kind, default: preset, defaultSays, about }) => {
    const unset = defaultSays ?? `\`${preset}\``
    return `| \`${env}\` | \`${flag}\` | ${kind.expects} | ${unset} | ${about} |`
  })
  return [
    '# Settings',
    '',
    'Each setting is an environment variable and a flag of `sluice start`; a flag wins. An empty variable counts as unset.',
    '',
    '| environment | flag | value | default | what it does |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

test('the reference page lists every setting as it is (write it with SLUICE_WRITE_PAGES=1)', () => {
  if (process.env.SLUICE_WRITE_PAGES === '1') writeFileSync(PAGE, settingsPage())
  assert.equal(readFileSync(PAGE, 'utf8'), settingsPage())
})

test('nothing set gives the sandbox on the five ports from 4242', () => {
  const config = readConfig({})
  assert.equal(config.mode, 'sandbox')
  assert.deepEqual(config.ports, { api: 4242, frames: 4243, simulator: 4244, shop: 4245, dashboard: 4246 })
  assert.equal(config.urls.frames, 'http://localhost:4243')
  assert.equal(config.databaseUrl, undefined)
  assert.deepEqual(config.hosts, [])
})

test('a flag wins over the environment, which wins over the default', () => {
  assert.equal(readConfig({ SLUICE_PORT: '5000' }).ports.shop, 5003)
  assert.equal(readConfig({ SLUICE_PORT: '5000' }, { '--port': '6000' }).urls.api, 'http://localhost:6000')
  assert.equal(readConfig({ SLUICE_PORT: '' }).ports.api, 4242)
  assert.deepEqual(readConfig({ SLUICE_HOSTS: 'Pay.test, [::1]' }).hosts, ['pay.test', '[::1]'])
  assert.deepEqual(readConfig({}).trustedProxies, [])
  const { trustedProxies } = readConfig({}, { '--trusted-proxies': '10.0.0.0/8, 192.0.2.7, FD00::/8, ::1' })
  assert.deepEqual(trustedProxies, ['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1'])
})

test('a wrong value is refused in one line that names the setting and what it may be', () => {
  const refusals: [env: Record<string, string>, line: RegExp][] = [
    [{ SLUICE_PORT: '70000' }, /^SLUICE_PORT must be a whole number from 1 to 65531 \(got "70000"\)\.$/],
    [{ SLUICE_PORT: '42.5' }, /^SLUICE_PORT must be a whole number/],
    [{ SLUICE_MODE: 'live' }, /^SLUICE_MODE must be one of sandbox, production/],
    [{ SLUICE_API_URL: 'https://pay.test/api' }, /^SLUICE_API_URL must be an origin/],
    [{ SLUICE_STRICT_LOCALE: 'perhaps' }, /^SLUICE_STRICT_LOCALE must be true or false/],
    [{ SLUICE_HOSTS: 'https://pay.test' }, /^SLUICE_HOSTS must be host names/],
    ...[
      'everybody',
      '10.0.0.0/33',
      '10.0.0.0/0',
      '::/0',
      '10.0.0',
      'fd00::/129',
      '::ffff:10.0.0.0/104',
      '1.2.3.4:80',
    ].map((value): [Record<string, string>, RegExp] => [
      { SLUICE_TRUSTED_PROXIES: value },
      /^SLUICE_TRUSTED_PROXIES must be IPv4 or IPv6 addresses or networks .*\.$/,
    ]),
  ]
  for (const [env, line] of refusals) assert.throws(() => readConfig(env), { name: 'SettingError', message: line })
})

test('keys are published in sandbox on this machine, and generated everywhere else', () => {
  assert.equal(readConfig({}).keys, 'published')
  assert.equal(readConfig({ SLUICE_LISTEN: '::1' }).keys, 'published')
  assert.equal(readConfig({ SLUICE_LISTEN: '0.0.0.0', SLUICE_KEYS: 'generated' }).keys, 'generated')
  for (const SLUICE_LISTEN of ['0.0.0.0', '::', '192.0.2.7', 'pay.test', '1270.0.0.1']) {
    assert.throws(() => readConfig({ SLUICE_LISTEN }), /^SettingError: Everybody knows the published keys/)
  }
  const production = {
    SLUICE_MODE: 'production',
    SLUICE_MASTER_KEY: KEY,
    SLUICE_API_URL: 'https://api.pay.test',
    SLUICE_FRAMES_URL: 'https://frames.pay.test',
  }
  assert.equal(readConfig(production).keys, 'generated')
  assert.throws(() => readConfig({ ...production, SLUICE_KEYS: 'published' }), /SLUICE_KEYS must be generated/)
})

test('with TLS the addresses are https, but for those that are given', () => {
  const { urls } = readConfig({ SLUICE_TLS: '1', SLUICE_SHOP_URL: 'http://shop.test' })
  assert.deepEqual(
    [urls.api, urls.simulator, urls.shop],
    ['https://localhost:4242', 'https://localhost:4244', 'http://shop.test'],
  )
})

test('a refused secret is not shown', () => {
  assert.throws(
    () => readConfig({ SLUICE_MASTER_KEY: 'hunter2' }),
    (error: Error) => !error.message.includes('hunter2'),
  )
  assert.throws(
    () => readConfig({ SLUICE_DATABASE_URL: 'my://u:hunter2@h/d' }),
    (error: Error) => !error.message.includes('hunter2'),
  )
})

test('production wants a master key and https', () => {
  const safe = {
    SLUICE_MODE: 'production',
    SLUICE_MASTER_KEY: KEY,
    SLUICE_API_URL: 'https://api.pay.test',
    SLUICE_FRAMES_URL: 'https://frames.pay.test',
  }
  assert.equal(readConfig(safe).mode, 'production')
  assert.throws(() => readConfig({ ...safe, SLUICE_MASTER_KEY: '' }), /^SettingError: SLUICE_MASTER_KEY must be set/)
  assert.throws(
    () => readConfig({ ...safe, SLUICE_API_URL: 'http://api.pay.test' }),
    /SLUICE_API_URL must be an https origin/,
  )
  assert.throws(() => readConfig({ ...safe, SLUICE_FRAMES_URL: '' }), /SLUICE_FRAMES_URL must be an https origin/)
  const beside = { SLUICE_MODE: 'production' }
  assert.equal(readConfig({ ...beside, SLUICE_MASTER_KEY: KEY }, {}, 'work').mode, 'production')
  assert.throws(() => readConfig(beside, {}, 'work'), /SLUICE_MASTER_KEY must be set/)
  assert.equal(readConfig(beside, {}, 'read').mode, 'production')
})
