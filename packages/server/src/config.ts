/** Every setting once. Nothing else reads `process.env`. */
import { namedScenario, SCENARIO_CATALOGUE } from '@sluice/core/scenario-catalogue'
import {
  appleMerchant,
  databaseAddress,
  files,
  googleMerchant,
  hostNames,
  type Kind,
  key32,
  networks,
  oneOf,
  origin,
  text,
  webAddress,
  wholeNumber,
  yesOrNo,
} from './setting-kinds.ts'
import { readWalletSettings, type WalletSettings } from './wallet-settings.ts'

export interface Config {
  mode: 'sandbox' | 'production'
  /** Address all listeners bind. */
  listen: string
  /** `published`: the sandbox merchant with the keys that everybody knows; `generated`: only merchants the operator makes. */
  keys: 'published' | 'generated'
  /** Every listener answers over HTTPS. */
  tls: boolean
  /** PEM files to do it with; unset = a self-signed certificate, made once and kept in `dataDir`. */
  tlsFiles: { cert: string; key: string } | undefined
  /** Port of each listener; the API's is `SLUICE_PORT`, the others follow it. */
  ports: { api: number; frames: number; simulator: number; shop: number; dashboard: number }
  /** The origin under which the outside world reaches each listener, without a trailing slash. */
  urls: { api: string; frames: string; simulator: string; shop: string; dashboard: string }
  /** Directory server of channels with `authentication: external`; unset: the simulator's in sandbox, none in production. */
  directoryServerUrl: string | undefined
  /** Further `Host` names that every listener answers for: see `servedHosts`. */
  hosts: readonly string[]
  /** Addresses and networks of the balancers whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[]
  dataDir: string
  /** PostgreSQL to use; unset = the embedded one in `dataDir`. */
  databaseUrl: string | undefined
  /** Connections of the pool that serves requests. */
  databaseConnections: number
  /** How long a request waits for one of them before it is answered 503. */
  databaseWaitMs: number
  /** 32 bytes, base64: the root of all other keys. Unset in sandbox = made once and kept in `dataDir`. */
  masterKey: string | undefined
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  limits: {
    /** Requests a second of one secret key or OAuth client, and of one address that uses a public key. */
    perKeyPerSecond: number
    perAddressPerSecond: number
    bodyBytes: number
    submitBodyBytes: number
    headerBytes: number
    jsonDepth: number
    jsonKeys: number
    headersTimeoutMs: number
    requestTimeoutMs: number
    connections: number
  }
  /** Answer 422 `locale_invalid` to a `locale` on submit, as the reference does, instead of ignoring it. */
  strictLocale: boolean
  /** Refuse free text that holds what looks like a card number. */
  refuseCardNumbersInText: boolean
  /** How Flow lays its card form out where a shop does not say: one frame for all fields, or one for each. */
  cardLayout: 'single' | 'per-field'
  /** Events, and what became of their deliveries, are kept for so many months, and the present one. */
  eventsKeptMonths: number
  /** What this installation is with Apple and Google. Production only. */
  wallets: WalletSettings
  /** Name of the scenario of the catalogue that every payment without another one is under. Sandbox only. */
  scenario: string | undefined
}

/** A setting that cannot be used. The message is one line: which setting, what is wrong, what would be right. */
export class SettingError extends Error {
  override name = 'SettingError'
}

/** One setting: its two names, what it may be, what it is when unset, and one sentence about it. */
export interface Setting {
  /** Name in the environment. */
  env: string
  /** Name as a flag of `sluice start`. */
  flag: string
  kind: Kind
  /** As it would be written in the environment; `undefined` = unset. */
  default: string | undefined
  /** What is used when the default is not one fixed text, for the reference page. */
  defaultSays?: string
  about: string
}

const aYear = 31_536_000_000

/** Every setting, in the order of the reference page. */
const SETTINGS = {
  mode: {
    env: 'SLUICE_MODE',
    flag: '--mode',
    kind: oneOf('sandbox', 'production'),
    default: 'sandbox',
    about: 'Sandbox takes test cards with published keys; production takes real payments and refuses unsafe settings.',
  },
  listen: {
    env: 'SLUICE_LISTEN',
    flag: '--listen',
    kind: text('address'),
    default: '127.0.0.1',
    about: 'Address that every listener binds; one that other machines can reach needs generated keys.',
  },
  keys: {
    env: 'SLUICE_KEYS',
    flag: '--keys',
    kind: oneOf('published', 'generated'),
    default: undefined,
    defaultSays: '`published` in sandbox, `generated` in production',
    about: 'Seed the sandbox merchant with its published keys, or leave it out: `sluice seed` then makes merchants.',
  },
  tls: {
    env: 'SLUICE_TLS',
    flag: '--tls',
    kind: yesOrNo,
    default: 'false',
    about: 'HTTPS instead of HTTP on every listener.',
  },
  tlsCert: {
    env: 'SLUICE_TLS_CERT',
    flag: '--tls-cert',
    kind: text('file'),
    default: undefined,
    defaultSays: 'a self-signed one, made once and kept in the data folder',
    about: 'PEM file of the certificate for HTTPS, followed by those between it and its root.',
  },
  tlsKey: {
    env: 'SLUICE_TLS_KEY',
    flag: '--tls-key',
    kind: text('file'),
    default: undefined,
    defaultSays: 'that of the certificate in the data folder',
    about: 'PEM file of the private key of that certificate.',
  },
  port: {
    env: 'SLUICE_PORT',
    flag: '--port',
    kind: wholeNumber(1, 65_531),
    default: '4242',
    about: 'Port of the API; frames, simulator, shop and dashboard take the four ports after it.',
  },
  apiUrl: {
    env: 'SLUICE_API_URL',
    flag: '--api-url',
    kind: origin,
    default: undefined,
    defaultSays: 'http(s)://localhost:PORT',
    about: 'Origin under which merchants and browsers reach the API.',
  },
  framesUrl: {
    env: 'SLUICE_FRAMES_URL',
    flag: '--frames-url',
    kind: origin,
    default: undefined,
    defaultSays: 'http(s)://localhost:PORT+1',
    about: 'Origin under which browsers reach the frames, the only one that sees a card number.',
  },
  simulatorUrl: {
    env: 'SLUICE_SIMULATOR_URL',
    flag: '--simulator-url',
    kind: origin,
    default: undefined,
    defaultSays: 'http(s)://localhost:PORT+2',
    about: 'Origin under which browsers and the server reach the simulator.',
  },
  shopUrl: {
    env: 'SLUICE_SHOP_URL',
    flag: '--shop-url',
    kind: origin,
    default: undefined,
    defaultSays: 'http(s)://localhost:PORT+3',
    about: 'Origin under which browsers reach the demo shop.',
  },
  dashboardUrl: {
    env: 'SLUICE_DASHBOARD_URL',
    flag: '--dashboard-url',
    kind: origin,
    default: undefined,
    defaultSays: 'http(s)://localhost:PORT+4',
    about: 'Origin under which operators will reach the dashboard; its port is reserved.',
  },
  directoryServerUrl: {
    env: 'SLUICE_DIRECTORY_SERVER_URL',
    flag: '--directory-server-url',
    kind: webAddress,
    default: undefined,
    defaultSays: 'sandbox: that of the simulator; production: nobody authenticates outside the processor',
    about: 'Directory server of 3-D Secure, for channels with `authentication: external`; https in production.',
  },
  hosts: {
    env: 'SLUICE_HOSTS',
    flag: '--hosts',
    kind: hostNames,
    default: '',
    defaultSays: 'none',
    about:
      'Further host names to answer for, beside localhost, loopback addresses and those of the public origins; others get 421.',
  },
  trustedProxies: {
    env: 'SLUICE_TRUSTED_PROXIES',
    flag: '--trusted-proxies',
    kind: networks,
    default: '',
    defaultSays: 'none',
    about:
      'Balancers in front of Sluice: the shopper has the address that they name in `X-Forwarded-For`, which nobody else is believed.',
  },
  dataDir: {
    env: 'SLUICE_DATA_DIR',
    flag: '--data-dir',
    kind: text('folder'),
    default: '.sluice',
    about: 'Folder of the embedded database and of keys made at the first start.',
  },
  databaseUrl: {
    env: 'SLUICE_DATABASE_URL',
    flag: '--database-url',
    kind: databaseAddress,
    default: undefined,
    defaultSays: 'embedded PostgreSQL in the data folder',
    about: 'PostgreSQL 15 to 18 to use instead of the embedded one.',
  },
  databaseConnections: {
    env: 'SLUICE_DATABASE_CONNECTIONS',
    flag: '--database-connections',
    kind: wholeNumber(1, 1000),
    default: '10',
    about: 'Connections of the pool that serves requests.',
  },
  databaseWaitMs: {
    env: 'SLUICE_DATABASE_WAIT_MS',
    flag: '--database-wait-ms',
    kind: wholeNumber(10, 60_000),
    default: '1000',
    about: 'How long a request waits for a connection before it is answered 503, in milliseconds.',
  },
  masterKey: {
    env: 'SLUICE_MASTER_KEY',
    flag: '--master-key',
    kind: key32,
    default: undefined,
    defaultSays: 'sandbox: made once and kept in the data folder; production: must be set',
    about:
      '32 bytes in base64, the root of all other keys; better set in the environment, where `ps` does not show it.',
  },
  logLevel: {
    env: 'SLUICE_LOG_LEVEL',
    flag: '--log-level',
    kind: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    defaultSays: '`info`; `warn` for a `sluice start` in a terminal',
    about: 'Least severity of the log lines that are written.',
  },
  perKeyPerSecond: {
    env: 'SLUICE_LIMIT_PER_KEY',
    flag: '--limit-per-key',
    kind: wholeNumber(1, 1_000_000),
    default: '500',
    about: 'Requests a second that one secret key or OAuth client may make.',
  },
  perAddressPerSecond: {
    env: 'SLUICE_LIMIT_PER_ADDRESS',
    flag: '--limit-per-address',
    kind: wholeNumber(1, 1_000_000),
    default: '50',
    about: 'Requests a second that one address may make with a public key or without a valid key.',
  },
  bodyBytes: {
    env: 'SLUICE_LIMIT_BODY_BYTES',
    flag: '--limit-body-bytes',
    kind: wholeNumber(1024, 104_857_600),
    default: '262144',
    about: 'Largest request body, in bytes.',
  },
  submitBodyBytes: {
    env: 'SLUICE_LIMIT_SUBMIT_BODY_BYTES',
    flag: '--limit-submit-body-bytes',
    kind: wholeNumber(1024, 104_857_600),
    default: '65536',
    about: 'Largest body of a submit, in bytes.',
  },
  headerBytes: {
    env: 'SLUICE_LIMIT_HEADER_BYTES',
    flag: '--limit-header-bytes',
    kind: wholeNumber(1024, 1_048_576),
    default: '16384',
    about: 'Largest head of a request, in bytes.',
  },
  jsonDepth: {
    env: 'SLUICE_LIMIT_JSON_DEPTH',
    flag: '--limit-json-depth',
    kind: wholeNumber(4, 1000),
    default: '32',
    about: 'Deepest nesting of objects and arrays in a body.',
  },
  jsonKeys: {
    env: 'SLUICE_LIMIT_JSON_KEYS',
    flag: '--limit-json-keys',
    kind: wholeNumber(16, 1_000_000),
    default: '10000',
    about: 'Most members of all objects in a body together.',
  },
  headersTimeoutMs: {
    env: 'SLUICE_LIMIT_HEADERS_TIMEOUT_MS',
    flag: '--limit-headers-timeout-ms',
    kind: wholeNumber(100, aYear),
    default: '10000',
    about: 'Time a client has to send the head of a request, in milliseconds.',
  },
  requestTimeoutMs: {
    env: 'SLUICE_LIMIT_REQUEST_TIMEOUT_MS',
    flag: '--limit-request-timeout-ms',
    kind: wholeNumber(100, aYear),
    default: '15000',
    about: 'Time a client has to send a whole request, in milliseconds.',
  },
  connections: {
    env: 'SLUICE_LIMIT_CONNECTIONS',
    flag: '--limit-connections',
    kind: wholeNumber(1, 1_000_000),
    default: '10000',
    about: 'Most open connections of one listener.',
  },
  strictLocale: {
    env: 'SLUICE_STRICT_LOCALE',
    flag: '--strict-locale',
    kind: yesOrNo,
    default: 'false',
    about: 'Answer 422 `locale_invalid` to a `locale` on submit instead of ignoring it.',
  },
  refuseCardNumbersInText: {
    env: 'SLUICE_REFUSE_CARD_NUMBERS_IN_TEXT',
    flag: '--refuse-card-numbers-in-text',
    kind: yesOrNo,
    default: 'true',
    about: 'Refuse free text that holds what looks like a card number.',
  },
  cardLayout: {
    env: 'SLUICE_CARD_LAYOUT',
    flag: '--card-layout',
    kind: oneOf('single', 'per-field'),
    default: 'single',
    about: 'Card form of Flow where a shop does not choose: one frame for all fields, or one frame for each field.',
  },
  eventsKeptMonths: {
    env: 'SLUICE_EVENTS_KEPT_MONTHS',
    flag: '--events-kept-months',
    kind: wholeNumber(1, 1200),
    default: '13',
    about:
      'Months for which events and their deliveries are kept, beside the present one; older months are dropped whole.',
  },
  applePayMerchantId: {
    env: 'SLUICE_APPLE_PAY_MERCHANT_ID',
    flag: '--apple-pay-merchant-id',
    kind: appleMerchant,
    default: undefined,
    defaultSays: 'Apple Pay is not offered',
    about: 'Merchant identifier at Apple, for production; needs the identity certificate.',
  },
  applePayIdentityCert: {
    env: 'SLUICE_APPLE_PAY_IDENTITY_CERT',
    flag: '--apple-pay-identity-cert',
    kind: text('file'),
    default: undefined,
    defaultSays: 'none',
    about: "PEM file of Apple's merchant identity certificate, shown to Apple when a sheet is validated.",
  },
  applePayIdentityKey: {
    env: 'SLUICE_APPLE_PAY_IDENTITY_KEY',
    flag: '--apple-pay-identity-key',
    kind: text('file'),
    default: undefined,
    defaultSays: 'none',
    about: 'PEM file of the private key of that certificate.',
  },
  applePayProcessingCert: {
    env: 'SLUICE_APPLE_PAY_PROCESSING_CERT',
    flag: '--apple-pay-processing-cert',
    kind: files,
    default: undefined,
    defaultSays: 'tokens can only be passed through',
    about: "PEM files of Apple's payment processing certificate, and of the one before it while it is replaced.",
  },
  applePayProcessingKey: {
    env: 'SLUICE_APPLE_PAY_PROCESSING_KEY',
    flag: '--apple-pay-processing-key',
    kind: files,
    default: undefined,
    defaultSays: 'none',
    about: 'PEM files of their private keys, in the same order.',
  },
  googlePayMerchantId: {
    env: 'SLUICE_GOOGLE_PAY_MERCHANT_ID',
    flag: '--google-pay-merchant-id',
    kind: googleMerchant,
    default: undefined,
    defaultSays: 'Google Pay is not offered',
    about: 'Merchant id at Google, for production; tokens that Sluice opens are for `merchant:` and this id.',
  },
  googlePayKeys: {
    env: 'SLUICE_GOOGLE_PAY_KEYS',
    flag: '--google-pay-keys',
    kind: files,
    default: undefined,
    defaultSays: 'tokens can only be passed through',
    about: 'PEM files of the private keys whose public keys Google has, the newest first.',
  },
  scenario: {
    env: 'SLUICE_SCENARIO',
    flag: '--scenario',
    kind: text('name'),
    default: undefined,
    defaultSays: 'none',
    about: 'Scenario of the catalogue for every payment that has no other; refused in production.',
  },
} satisfies Record<string, Setting>

type SettingName = keyof typeof SETTINGS

/** The settings as a list, for the command line and the reference page. */
export const settings: readonly Setting[] = Object.values(SETTINGS)

/** What the settings are for: to serve the world, to change the database beside the server, or only to read it. */
export type Purpose = 'serve' | 'work' | 'read'

/**
 * Reads every setting: a flag wins over the environment, the environment over the default. An empty text is unset.
 * `flags` is keyed by the flag itself (`--port`). Throws `SettingError`, whose message is one line; what is missing for
 * another purpose is no error.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
  purpose: Purpose = 'serve',
): Config {
  function read(name: SettingName) {
    const setting: Setting = SETTINGS[name]
    const flag = flags[setting.flag]
    const given = flag !== undefined ? flag : env[setting.env] || undefined
    const source = given ?? setting.default
    if (source === undefined) return undefined
    const value = setting.kind.parse(source.trim())
    if (value !== undefined) return value
    const spelled = flag !== undefined ? setting.flag : setting.env
    throw new SettingError(`${spelled} must be ${setting.kind.expects}${shown(name, source)}.`)
  }
  const string = (name: SettingName) => read(name) as string
  const optional = (name: SettingName) => read(name) as string | undefined
  const number = (name: SettingName) => read(name) as number

  const port = number('port')
  const mode = read('mode') as Config['mode']
  const tls = read('tls') as boolean
  const local = (at: number) => `${tls ? 'https' : 'http'}://localhost:${at}`
  const config: Config = {
    mode,
    listen: string('listen'),
    keys: (read('keys') as Config['keys'] | undefined) ?? (mode === 'sandbox' ? 'published' : 'generated'),
    tls,
    tlsFiles: tlsFiles(tls, optional('tlsCert'), optional('tlsKey')),
    ports: { api: port, frames: port + 1, simulator: port + 2, shop: port + 3, dashboard: port + 4 },
    urls: {
      api: optional('apiUrl') ?? local(port),
      frames: optional('framesUrl') ?? local(port + 1),
      simulator: optional('simulatorUrl') ?? local(port + 2),
      shop: optional('shopUrl') ?? local(port + 3),
      dashboard: optional('dashboardUrl') ?? local(port + 4),
    },
    directoryServerUrl: optional('directoryServerUrl'),
    hosts: read('hosts') as readonly string[],
    trustedProxies: read('trustedProxies') as readonly string[],
    dataDir: string('dataDir'),
    databaseUrl: optional('databaseUrl'),
    databaseConnections: number('databaseConnections'),
    databaseWaitMs: number('databaseWaitMs'),
    masterKey: optional('masterKey'),
    logLevel: read('logLevel') as Config['logLevel'],
    limits: {
      perKeyPerSecond: number('perKeyPerSecond'),
      perAddressPerSecond: number('perAddressPerSecond'),
      bodyBytes: number('bodyBytes'),
      submitBodyBytes: number('submitBodyBytes'),
      headerBytes: number('headerBytes'),
      jsonDepth: number('jsonDepth'),
      jsonKeys: number('jsonKeys'),
      headersTimeoutMs: number('headersTimeoutMs'),
      requestTimeoutMs: number('requestTimeoutMs'),
      connections: number('connections'),
    },
    strictLocale: read('strictLocale') as boolean,
    refuseCardNumbersInText: read('refuseCardNumbersInText') as boolean,
    cardLayout: read('cardLayout') as Config['cardLayout'],
    eventsKeptMonths: number('eventsKeptMonths'),
    wallets: readWalletSettings(mode, (name) => ({ env: SETTINGS[name].env, value: read(name) }), refuseSetting),
    scenario: optional('scenario'),
  }
  refuseUnknownScenario(config)
  if (purpose === 'serve') refuseExposedKeys(config)
  if (config.mode === 'production') refuseUnsafeProduction(config, purpose)
  return config
}

function refuseSetting(line: string): never {
  throw new SettingError(line)
}

/** Certificate and key come together, and only to be used. */
function tlsFiles(tls: boolean, cert: string | undefined, key: string | undefined): Config['tlsFiles'] {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) {
    const [given, missing] =
      cert === undefined ? ['SLUICE_TLS_KEY', 'SLUICE_TLS_CERT'] : ['SLUICE_TLS_CERT', 'SLUICE_TLS_KEY']
    throw new SettingError(
      `${given} is set and ${missing} is not: give both, or neither for a self-signed certificate.`,
    )
  }
  if (!tls) throw new SettingError('SLUICE_TLS_CERT and SLUICE_TLS_KEY are for HTTPS: add --tls, or leave them out.')
  return { cert, key }
}

/** The names one listener answers for beside localhost: those of the settings, and that of its own public address. */
export function servedHosts({ hosts, urls }: Pick<Config, 'hosts' | 'urls'>, listener: keyof Config['urls']): string[] {
  return [...hosts, new URL(urls[listener]).hostname]
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** False where other machines may reach what listens there. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address)
}

/** Keys that everybody knows are for one's own machine and for play money. */
function refuseExposedKeys({ mode, listen, keys }: Config) {
  if (keys === 'generated') return
  if (mode === 'production') {
    throw new SettingError('SLUICE_KEYS must be generated in production: the published keys are known to everybody.')
  }
  if (!isLoopback(listen)) {
    throw new SettingError(
      `Everybody knows the published keys, and other machines can reach ${listen}: add --keys generated, or listen on 127.0.0.1.`,
    )
  }
}

/** Failures on purpose are for a sandbox, and a name that is misspelled would do nothing. */
function refuseUnknownScenario({ scenario, mode }: Config) {
  if (scenario === undefined) return
  if (mode === 'production') {
    throw new SettingError('SLUICE_SCENARIO is for the sandbox: in production nothing fails on purpose. Leave it out.')
  }
  if (!namedScenario(scenario)) {
    const names = SCENARIO_CATALOGUE.map(({ name }) => name).join(', ')
    throw new SettingError(`SLUICE_SCENARIO must be one of ${names}.`)
  }
}

/** What production must not start with. The published sandbox keys are looked for in the database, by `main.ts`. */
function refuseUnsafeProduction(config: Config, purpose: Purpose) {
  if (!config.masterKey && purpose !== 'read') {
    throw new SettingError(
      'SLUICE_MASTER_KEY must be set in production (32 random bytes in base64: openssl rand -base64 32).',
    )
  }
  // It is sent card numbers.
  const { directoryServerUrl } = config
  if (directoryServerUrl !== undefined && !directoryServerUrl.startsWith('https://')) {
    throw new SettingError(
      `SLUICE_DIRECTORY_SERVER_URL must be an https address in production (got ${directoryServerUrl}).`,
    )
  }
  if (purpose !== 'serve') return
  for (const name of ['apiUrl', 'framesUrl'] as const) {
    const url = name === 'apiUrl' ? config.urls.api : config.urls.frames
    if (!url.startsWith('https://')) {
      throw new SettingError(`${SETTINGS[name].env} must be an https origin in production (got ${url}).`)
    }
  }
}

/** The refused text, so that one sees the slip; never for settings that hold a secret. */
function shown(name: SettingName, given: string): string {
  if (name === 'masterKey' || name === 'databaseUrl') return ''
  return ` (got ${JSON.stringify(given.slice(0, 60))})`
}
