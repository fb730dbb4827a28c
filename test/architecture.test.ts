/** The rooms of the house and the arrows between them: lists, and loops that walk through the sources. */
import assert from 'node:assert/strict'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { listFiles, ROOT, readSource as read, type SqlStatement, statementsOf } from './support/sources.ts'

/** Which packages a package may import. */
const PACKAGES: Record<string, readonly string[]> = {
  core: [],
  sealing: ['core'],
  server: ['core', 'sealing'],
  simulator: ['core'],
  flow: ['core', 'sealing'],
  dashboard: ['core'],
  cli: ['core', 'sealing', 'flow', 'server', 'simulator'],
  // What a shop's tests use: it starts everything, and pays as a card form would.
  testing: ['core', 'sealing', 'flow', 'server', 'simulator', 'cli'],
}

/** Which rooms of the server a room may import; every room may import core and the files that stand in no room. */
const ROOMS: Record<string, readonly string[]> = {
  http: ['operations'],
  jobs: ['operations'],
  operations: ['store', 'processors', 'authenticators', 'vault', 'webhooks'],
  processors: ['vault'],
  authenticators: ['vault'],
  vault: ['store'],
  webhooks: [],
  store: [],
}

/** Arrows that point the other way, each with its reason. `types`: nothing of it is there at run time. */
const EXCEPTIONS: readonly { from: string; to: string; types: boolean; because: string }[] = [
  { from: 'http', to: 'store', types: true, because: 'a reply is made of a row: replies.ts names its members' },
  {
    from: 'store',
    to: 'processors',
    types: true,
    because: 'two columns hold what the interface of processors defines',
  },
  {
    from: 'store',
    to: 'authenticators',
    types: true,
    because: 'two columns hold what the interface of authenticators defines',
  },
  {
    from: 'authenticators',
    to: 'processors',
    types: true,
    because: 'messages leave the house by the same way, and the same channel settings say how',
  },
  {
    from: 'vault',
    to: 'processors',
    types: false,
    because: 'vault.send is the far end of the interface of processors',
  },
]
/** What `vault → processors` may reach: the interface, never a connector. */
const INTERFACE = ['packages/server/src/processors/exchange.ts', 'packages/server/src/processors/processor.ts']
/** Files that join the rooms. */
const JOINTS = ['app.ts', 'main.ts', 'context.ts']

/** Where a card number is a value with a name: modules that only the vault, and who seals, may import. */
const CARD_MODULES = [
  'packages/server/src/vault/secret.ts',
  'packages/server/src/vault/card-secrets.ts',
  'packages/server/src/vault/details.ts',
  '@sluice/sealing/payload',
  '@sluice/sealing/seal',
  '@sluice/sealing/make',
]
const WHO_MAY_SEE_CARDS = [
  /^packages\/server\/src\/vault\//,
  /^packages\/sealing\//,
  // The frames origin: what the shopper types ends here.
  /^packages\/flow\/src\/frame\//,
  // Plays the card frame on the command line, with the number its user typed.
  /^packages\/cli\/src\/session-data\.ts$/,
  // Plays it for a shop's tests, with test cards.
  /^packages\/testing\/src\/world\.ts$/,
]

/** Statements that do not serve one merchant, each with its reason. */
const NOT_OF_ONE_ENTITY: Record<string, string> = {
  find_due_attempts: 'looks for due work across merchants; reads keys and ids',
  find_due_actions: 'looks for due work across merchants; reads keys and ids',
  find_due_notifications: 'looks for due work across merchants; reads keys and ids',
  find_due_captures: 'looks for due work across merchants; reads keys and ids',
  find_due_expiries: 'looks for due work across merchants; reads keys and ids',
  delete_expired_tokens: 'deletes what is past its time, of every merchant by its own clock; reads nothing',
  forget_spent_wallet_tokens: 'deletes what is past its time, of every merchant; reads nothing',
  find_unpublished: 'looks for due work across merchants; reads keys and ids',
  find_due_receivers: 'looks for due work across merchants; reads keys and ids',
  find_credential: 'global table: the caller is known by his key before the merchant is',
  find_oauth_client: 'global table: the caller is known by his id before the merchant is',
  find_entity_by_name: 'global table: the operator names the merchant',
  insert_entity: 'makes the key',
  read_entities: 'global table: verify goes through the merchants one by one',
  list_signing_keys: 'global table: a token is checked before the merchant is known',
  insert_signing_key: 'global table',
  delete_replaced_signing_keys: 'global table',
  add_hold_share: 'global table: of no use without the browser’s half of one attempt',
  read_hold_share: 'global table',
  delete_hold_shares_before: 'global table',
  delete_holds_before: 'deletes what no merchant can open any more, by real time; reads nothing',
  add_sealing_keys: 'global table: a frame asks before anybody knows whom it will pay',
  read_sealing_keys: 'global table',
  delete_sealing_keys_before: 'global table',
  has_migrations: 'reads nothing: asks whether a table is there',
  read_migrations: 'global table',
  claim_installation: 'global table: one row for the whole database',
  read_installation: 'global table',
  probe_writes: 'global table: one row for the whole database',
  has_channel_of: 'asks whether any merchant has a channel of a processor; reads nothing of it',
}

/** Imports that open connections, of modules that also have other uses. */
const CLIENTS =
  /import(?! type)[^'\n]*\b(request|get|connect|createConnection|Agent)\b[^'\n]*from 'node:(http|https|http2|tls|net|dgram)'/

/** The two ways out, one for each kind of stranger: processors, who may be told a card, and merchants' receivers. */
const WAYS_OUT = ['packages/server/src/vault/send.ts', 'packages/server/src/webhooks/send.ts']

/** The readers of a clock. */
const CLOCKS = ['packages/server/src/time.ts', 'packages/flow/src/common/clock.ts']

interface Import {
  /** Relative to the root of the repository, or the package's name and path. */
  target: string
  typesOnly: boolean
}

const sources = listFiles('packages/*/src/**/*.ts').filter((path) => !path.endsWith('.d.ts'))

test('packages import only what their arrows allow, in their sources and their manifests', () => {
  for (const path of sources) {
    const from = path.split('/')[1] as string
    for (const { target } of importsOf(path)) {
      const to = /^@sluice\/([a-z]+)/.exec(target)?.[1] ?? /^packages\/([a-z]+)/.exec(target)?.[1]
      if (to === undefined || to === from) continue
      assert.ok(PACKAGES[from]?.includes(to), `${path} imports ${target}`)
      assert.ok(target.startsWith('@sluice/'), `${path} imports ${target} by its place, not by its name`)
    }
  }
  for (const path of listFiles('packages/*/package.json')) {
    const { name, dependencies = {} } = JSON.parse(read(path))
    const others = Object.keys(dependencies).filter((dependency) => dependency.startsWith('@sluice/'))
    for (const other of others) {
      assert.ok(PACKAGES[name.slice('@sluice/'.length)]?.includes(other.slice('@sluice/'.length)), `${name} → ${other}`)
    }
  }
})

test('in the server, http and jobs use operations; operations use store, processors and vault; arrows point one way', () => {
  for (const path of listFiles('packages/server/src/**/*.ts')) {
    const from = roomOf(path)
    if (from === undefined || JOINTS.includes(from)) continue
    for (const { target, typesOnly } of importsOf(path)) {
      const to = target.startsWith('packages/server/') ? roomOf(target) : undefined
      if (to === undefined || to === from) continue
      if (to.endsWith('.ts')) {
        const joint = JOINTS.includes(to) && !(to === 'context.ts' && typesOnly)
        assert.ok(!joint, `${path} imports ${to}, which joins the rooms`)
        continue
      }
      const exception = EXCEPTIONS.some((one) => one.from === from && one.to === to && (typesOnly || !one.types))
      assert.ok(ROOMS[from]?.includes(to) || exception, `${path} imports ${target}`)
      if (from === 'vault' && to === 'processors') assert.ok(INTERFACE.includes(target), `${path} imports ${target}`)
    }
  }
})

test('the simulator and the server know nothing of each other', () => {
  for (const path of listFiles('packages/simulator/**/*.ts')) {
    assert.ok(!/@sluice\/server|packages\/server/.test(read(path)), path)
  }
  for (const path of listFiles('packages/server/src/**/*.ts')) {
    assert.ok(!/@sluice\/simulator|packages\/simulator/.test(read(path)), path)
  }
})

test('a card number has a type in the vault and in what seals, and nowhere else', () => {
  for (const path of sources) {
    if (WHO_MAY_SEE_CARDS.some((may) => may.test(path))) continue
    for (const { target } of importsOf(path)) assert.ok(!CARD_MODULES.includes(target), `${path} imports ${target}`)
    assert.ok(!/\b(TypedCard|SealedDetails|secretText|findSecrets)\b/.test(read(path)), path)
  }
})

/** Of the library that detects schemes: the rest of it can change its table, and would be loaded by browsers. */
const CARD_TYPE_PARTS = [
  'lib/add-matching-cards-to-results.js',
  'lib/card-types.js',
  'lib/find-best-match.js',
  'types.js',
].map((part) => `credit-card-type/dist/${part}`)

test('core is pure, and its compiler settings say so', () => {
  const { compilerOptions, include } = JSON.parse(read('packages/core/tsconfig.json'))
  assert.deepEqual(compilerOptions, { lib: ['es2023'], types: [] })
  assert.deepEqual(include, ['src'])
  for (const path of listFiles('packages/core/src/**/*.ts')) {
    assert.ok(!/\/\/\/ *<reference|@ts-(ignore|expect-error|nocheck)|\bglobalThis\b/.test(read(path)), path)
    for (const { target } of importsOf(path)) {
      if (path.endsWith('/card-type-library.ts') && CARD_TYPE_PARTS.includes(target)) continue
      assert.match(target, /^packages\/core\/src\/|^typebox(\/|$)/, `${path} imports ${target}`)
    }
  }
})

test('one file reads the clock of the server, and one the clock of the shopper’s device', () => {
  const clocks = /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)|\bperformance\.now\b|\bprocess\.hrtime\b|\bTemporal\.Now\b/
  // The command line and the test kit wait for processes to come and go: spans of real time, which no clock of a merchant may stretch.
  const spans = /\bperformance\.now\(\)/g
  const waits = /^packages\/(cli|testing)\//
  for (const path of sources) {
    const text = waits.test(path) ? read(path).replaceAll(spans, '') : read(path)
    assert.equal(clocks.test(withoutComments(text)), CLOCKS.includes(path), path)
  }
})

test('nothing but config.ts knows the environment', () => {
  for (const path of sources.filter((one) => !one.startsWith('packages/cli/'))) {
    assert.ok(!/\bprocess\.env\b/.test(withoutComments(read(path))), path)
  }
})

test('nothing is left to Math.random', () => {
  for (const path of listFiles('{packages,examples,test,scripts,bench}/**/*.{ts,js}')) {
    assert.ok(!/\bMath\.random\b(?!')/.test(withoutComments(read(path))), path)
  }
})

test('the server calls out by two ways, and the one to receivers knows nothing of cards', () => {
  for (const path of listFiles('packages/server/src/**/*.ts')) {
    if (WAYS_OUT.includes(path)) continue
    const text = withoutComments(read(path))
    assert.ok(!importsOf(path).some(({ target, typesOnly }) => target === 'undici' && !typesOnly), path)
    assert.ok(!CLIENTS.test(text), path)
    assert.ok(!/(?<![.\w])fetch\(/.test(text), path)
  }
})

test('SQL stands under store/ and nowhere else, and each statement has a name of its own', () => {
  for (const path of listFiles('packages/server/src/**/*.ts')) {
    if (roomOf(path) === 'store') continue
    assert.ok(
      !/\.query[<(]|\btext: ['`]\s*(select|insert|update|delete|with)\b/.test(withoutComments(read(path))),
      path,
    )
  }
  const names = statementsOf().map(({ name }) => name)
  assert.ok(names.length > 30, `${names.length} statements were found`)
  assert.deepEqual(repeated(names), [])
  for (const path of listFiles('packages/server/src/store/*.ts')) {
    if (['migrate.ts', 'partitions.ts'].some((file) => path.endsWith(`/${file}`))) continue
    const calls = read(path).match(/\bdb\.query\b/g)?.length ?? 0
    const found = statementsOf().filter((statement) => statement.path === path)
    assert.ok(found.length >= calls, `${path} has ${calls} calls and ${found.length} named statements`)
  }
})

test('every statement serves the one merchant that its first parameter names, or says why not', () => {
  const tables = tablesOfEntities()
  assert.ok(tables.includes('payments') && tables.includes('payment_sessions'))
  const excused = new Set<string>()
  for (const statement of statementsOf()) {
    if (statement.name in NOT_OF_ONE_ENTITY) {
      excused.add(statement.name)
      continue
    }
    assert.deepEqual(unscoped(statement, tables), [], `${statement.name} in ${statement.path}`)
  }
  assert.deepEqual([...excused].sort(), Object.keys(NOT_OF_ONE_ENTITY).sort(), 'excused and not there any more')
})

test('a statement that forgets its merchant is found out', () => {
  const tables = ['payments', 'events']
  const of = (text: string) => unscoped({ path: '', name: 'x', text }, tables).length
  assert.equal(of('select from payments p where p.entity_key = $1 and p.id = $2'), 0)
  assert.equal(of('select from payments where entity_key = $1'), 0)
  assert.equal(of('insert into events (entity_key, id) select $1, $2'), 0)
  assert.equal(of('select from payments p where p.id = $2'), 1)
  assert.equal(of('select from payments p join events e on e.id = p.id where p.entity_key = $1'), 1)
  assert.equal(of('update payments p set phase = $3 where p.id = $2 and entity_key <> $1'), 1)
  assert.equal(of('insert into events (id, entity_key) select $1, $2'), 1)
})

/** Every mention of a merchant's table that is not tied to `$1`. */
function unscoped({ text }: SqlStatement, tables: readonly string[]): string[] {
  const misses: string[] = []
  const flat = text.replaceAll(/--[^\n]*/g, ' ').replaceAll(/\s+/g, ' ')
  for (const table of tables) {
    const mention = new RegExp(
      `\\b(from|join|update|into|using) ${table}\\b(?: as)?(?: (?!where|set|on|join|cross|left|order|group|values|select|using)(\\w+))?([^;]{0,30})`,
      'gi',
    )
    for (const [what, verb = '', alias = table, rest = ''] of flat.matchAll(mention)) {
      if (verb.toLowerCase() === 'into') {
        const columns = flat.slice(flat.indexOf(what))
        if (
          !/^into \w+(?: as \w+)? ?\( ?entity_key\b[^)]*\) (?:select(?: distinct on \([^)]*\)\))?|values \() ?\$1\b/i.test(
            columns,
          )
        )
          misses.push(what)
        continue
      }
      const [, other] = new RegExp(`\\b${alias}\\.entity_key = (\\w+)\\.entity_key`).exec(flat) ?? []
      const named = [alias, other].some((one) => new RegExp(`\\b${one}\\.entity_key = \\$1(?!\\d)`).test(flat))
      const alone = /(?<![.\w])entity_key = \$1(?!\d)/.test(flat) && alias === table
      if (!named && !alone) misses.push(`${what}${rest ? '…' : ''}`)
    }
  }
  return misses
}

/** Tables whose rows belong to merchants, from the migrations; the small global ones are not among them. */
function tablesOfEntities(): string[] {
  const global = ['entities', 'credentials', 'oauth_clients']
  return listFiles('packages/server/src/store/migrations/*.sql')
    .flatMap((path) => [...read(path).matchAll(/create table (\w+) \(([^;]*?)\n\)/g)])
    .filter(([, name = '', columns = '']) => /\bentity_key\b/.test(columns) && !global.includes(name))
    .map(([, name = '']) => name)
}

/** `http`, `store` …, or the name of a file that stands in no room. */
function roomOf(path: string): string | undefined {
  return /^packages\/server\/src\/([^/]+)/.exec(path)?.[1]
}

function importsOf(path: string): Import[] {
  const statements = read(path).matchAll(/(?:^|\n)\s*(?:import|export)\s+(type\s+)?([^'"`;=]*?)\s*from\s+'([^']+)'/g)
  const found = [...statements].map(([, type, names = '', target = '']) => ({
    target: placeOf(path, target),
    typesOnly: type !== undefined || /^\{(\s*type\s+[\w\s]+,?)+\s*\}$/.test(names),
  }))
  const dynamic = [...read(path).matchAll(/(?<!typeof )\bimport\('([^']+)'\)/g)]
  const bare = [...read(path).matchAll(/(?:^|\n)import '([^']+)'/g)]
  return [
    ...found,
    ...[...dynamic, ...bare].map(([, target = '']) => ({ target: placeOf(path, target), typesOnly: false })),
  ]
}

function placeOf(path: string, target: string): string {
  return target.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), target)) : target
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<![:'"`])\/\/[^\n]*/g, '')
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) !== at)
}
