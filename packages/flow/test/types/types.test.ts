import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as ours from '../../src/index.ts'
import { createWorkbench, type Workbench } from './compile.ts'
import { GONE } from './exceptions.ts'
import { comparison, officialDeclarations } from './fixtures.ts'
import {
  loadOfficial,
  NEWEST,
  onTodaysEnums,
  PACKAGES,
  readChangedDeclarations,
  readDeclarations,
  readOurEnums,
  type Version,
  VERSIONS,
} from './official.ts'

const APPS = join(import.meta.dirname, 'apps')

/** What breaks the agreement with the newest version, each in one place of our declarations. */
const BREAKS: { what: string; file: string; from: string; to: string; seenBy: RegExp }[] = [
  { what: 'a method is missing', file: 'component.ts', from: 'unselect(): void', to: '', seenBy: /theModule/ },
  {
    what: 'a method takes less',
    file: 'component.ts',
    from: 'mount(element: string | Element)',
    to: 'mount(element: Element)',
    seenBy: /takes_Component/,
  },
  {
    what: 'update() takes less',
    file: 'instance.ts',
    from: 'update(details: UpdateCheckoutWebComponentsDetails)',
    to: 'update(details: Required<UpdateCheckoutWebComponentsDetails>)',
    seenBy: /takes_CheckoutWebComponents/,
  },
  {
    what: 'a handler is given less',
    file: 'handlers.ts',
    from: 'payment: PayPaymentSessionSuccessfulResponse',
    to: 'payment: { id: string }',
    seenBy: /given_ComponentOptions/,
  },
  {
    what: 'a method returns something else',
    file: 'component.ts',
    from: 'isValid(): boolean',
    to: 'isValid(): Promise<boolean>',
    seenBy: /gives_Component/,
  },
  {
    what: 'an option is missing',
    file: 'options.ts',
    from: "displayCvv?: 'mandatory' | 'hidden'",
    to: '',
    seenBy: /keys_CardComponentOptions/,
  },
  {
    what: 'an option takes less',
    file: 'options.ts',
    from: 'cardCvvLength?: 3 | 4',
    to: 'cardCvvLength?: 3',
    seenBy: /accepts_CardCvvComponentOptions/,
  },
  {
    what: 'an option takes more without being listed for it',
    file: 'options.ts',
    from: 'captureCardCvv?: boolean',
    to: 'captureCardCvv?: boolean | string',
    seenBy: /same_StoredCardComponentOptions/,
  },
  {
    what: 'an option takes cards of others',
    file: 'options.ts',
    from: 'acceptedCardSchemes?: OrString<GooglepayCardScheme>[]',
    to: 'acceptedCardSchemes?: OrString<CardScheme>[]',
    seenBy: /same_GooglepayComponentOptions/,
  },
  {
    what: 'an option of ours is required',
    file: 'instance.ts',
    from: "redirectMode?: 'overlay' | 'page'",
    to: "redirectMode: 'overlay' | 'page'",
    seenBy: /accepts_Options/,
  },
  {
    what: 'a handler is given something else',
    file: 'handlers.ts',
    from: 'onSubmit?(component: Component): void',
    to: 'onSubmit?(component: string): void',
    seenBy: /accepts_ComponentOptions/,
  },
  {
    what: 'an enumeration has a member of its own',
    file: 'enums.d.ts',
    from: "  Visa = 'visa',",
    to: "  Visa = 'visa',\n  Own = 'own',",
    seenBy: /enumBack_CardScheme/,
  },
  {
    what: 'an enumeration lacks a member',
    file: 'enums.d.ts',
    from: "  PaymentExpired = 'payment_expired',\n",
    to: '',
    seenBy: /enum_PaymentDeclineReason/,
  },
  {
    what: 'a member of an enumeration has another value',
    file: 'enums.d.ts',
    from: "TouchNGo = 'tng'",
    to: "TouchNGo = 'touchngo'",
    seenBy: /enum_ComponentName/,
  },
  {
    what: 'a text key is missing',
    file: 'texts.ts',
    from: "  'tag.expired': string\n",
    to: '',
    seenBy: /keys_Translations/,
  },
  {
    what: 'details of an error are gone',
    file: 'errors.ts',
    from: 'requestId?: string',
    to: '',
    seenBy: /keys_CheckoutRequestError|gives_CheckoutRequestError/,
  },
  {
    what: 'a result became wider',
    file: 'results.ts',
    from: "type: 'cvv'",
    to: "type: 'cvv' | 'other'",
    seenBy: /gives_CardCvvTokenizationResponse/,
  },
  {
    what: 'a type is not exported',
    file: 'instance.ts',
    from: 'export type Items =',
    to: 'type Items =',
    seenBy: /Items/,
  },
]

function openWorkbench(t: TestContext): Workbench {
  const bench = createWorkbench()
  t.after(() => bench.remove())
  return bench
}

/** Lines of the program that the compiler did not accept. */
function refusedLines(bench: Workbench, file: string, messages: string[] = []): string[] {
  const lines = readFileSync(join(bench.folder, file), 'utf8').split('\n')
  return messages.map((message) => lines[Number(/\((\d+),/.exec(message)?.[1]) - 1] ?? '')
}

test('our types and the official declarations of every published version fit each other', async (t) => {
  const bench = openWorkbench(t)
  bench.copyOurs('ours')
  for (const version of VERSIONS) {
    bench.write(`${version}/official.d.ts`, officialDeclarations(version))
    bench.write(`${version}/comparison.ts`, comparison(version))
  }
  for (const exactOptionalPropertyTypes of [true, false]) {
    const messages = await bench.compile({ exactOptionalPropertyTypes })
    assert.deepEqual(Object.fromEntries(messages), {})
  }
})

test('the comparison leaves out no exported type, no enumeration and no component but the listed ones', () => {
  for (const version of VERSIONS) {
    const { types, values, enums } = readChangedDeclarations(version)
    const gone = (GONE[version] ?? []).flatMap(({ names }) => names)
    assert.deepEqual(
      gone.filter((name) => !types.includes(name) && !values.includes(name)),
      [],
      `needless exceptions of ${version}`,
    )
    const program = comparison(version)
    const compared = types.filter((name) => new RegExp(`(accepts|gives)_${name}: `).test(program))
    assert.deepEqual([...compared, ...gone].sort(), [...types, ...gone.filter((name) => !types.includes(name))].sort())
    if (version !== NEWEST) {
      const declared = onTodaysEnums(version, 'enums')
      const left = [...declared.matchAll(/declare enum (\w+)/g)].map(([, name]) => name ?? '')
      assert.deepEqual(
        left.filter((name) => !gone.includes(name)),
        [],
        version,
      )
      const created = [...declared.matchAll(/create\(name: (?:'(\w+)'|`\$\{ComponentName\.(\w+)\}`)/g)].map(
        ([, name, member]) => name ?? enums.ComponentName?.[member ?? ''],
      )
      assert.deepEqual(created.sort(), Object.values(enums.ComponentName ?? {}).sort(), version)
    }
  }
})

test('each deliberate break of our declarations is found', async (t) => {
  const bench = openWorkbench(t)
  for (const [index, { file, from, to }] of BREAKS.entries()) {
    const folder = `broken-${index}`
    bench.copyOurs(folder)
    const path = join(folder, 'types', file)
    const text = readFileSync(join(bench.folder, path), 'utf8')
    assert.ok(text.includes(from), `${file} has no ${from}`)
    bench.write(path, text.replaceAll(from, to))
    bench.write(`against-${index}/official.d.ts`, officialDeclarations(NEWEST))
    bench.write(`against-${index}/comparison.ts`, comparison(NEWEST, folder))
  }
  const messages = await bench.compile()
  for (const [index, { what, seenBy }] of BREAKS.entries()) {
    const file = `against-${index}/comparison.ts`
    const refused = refusedLines(bench, file, messages.get(file))
    assert.ok(
      refused.some((line) => seenBy.test(line)),
      `not found: ${what}. Refused: ${refused.join('\n')}`,
    )
  }
})

test('the comparison with every version finds a break', async (t) => {
  const bench = openWorkbench(t)
  bench.copyOurs('broken')
  const path = 'broken/types/component.ts'
  const text = readFileSync(join(bench.folder, path), 'utf8')
  bench.write(path, text.replace('mount(element: string | Element)', 'mount(element: Element)'))
  for (const version of VERSIONS) {
    bench.write(`broken-${version}/official.d.ts`, officialDeclarations(version).replaceAll('../ours/', '../broken/'))
    bench.write(`broken-${version}/comparison.ts`, comparison(version, 'broken'))
  }
  const messages = await bench.compile()
  for (const version of VERSIONS) {
    const file = `broken-${version}/comparison.ts`
    const refused = refusedLines(bench, file, messages.get(file))
    assert.ok(
      refused.some((line) => line.includes('takes_Component')),
      version,
    )
  }
})

test('shops written for an earlier version compile with it, and with ours in its place', async (t) => {
  const bench = openWorkbench(t)
  bench.copyOurs('ours')
  for (const file of readdirSync(APPS)) {
    const version = file.replace('.ts', '')
    const text = readFileSync(join(APPS, file), 'utf8')
    bench.write(`with-ours/${file}`, text.replace('../../../src/index.ts', '../ours/index.ts'))
    if (version in PACKAGES) {
      const official = text.replace('../../../src/index.ts', PACKAGES[version as Version])
      bench.write(`with-official/${file}`, official)
    }
  }
  // The shop that uses what only we offer is what the official package has to refuse.
  const own = readFileSync(join(APPS, 'ours.ts'), 'utf8')
  bench.write('refused/ours.ts', own.replace('../../../src/index.ts', PACKAGES[NEWEST]))
  const messages = await bench.compile()
  const unexpected = [...messages].filter(([file]) => file !== 'refused/ours.ts')
  assert.deepEqual(Object.fromEntries(unexpected), {})
  assert.ok((messages.get('refused/ours.ts') ?? []).length > 5)
})

test('enumerations are at run time what the official package exports, and what ours declare', () => {
  const official = loadOfficial(NEWEST)
  const runtime = ours as Record<string, unknown>
  const { values, enums } = readDeclarations(NEWEST)
  assert.equal(Object.keys(enums).length, 18)
  for (const name of Object.keys(enums)) {
    assert.deepEqual({ ...(runtime[name] as object) }, { ...(official[name] as object) }, name)
  }
  assert.deepEqual(readOurEnums(), Object.fromEntries(Object.keys(enums).map((name) => [name, official[name]])))
  assert.deepEqual(
    values.filter((name) => !(name in runtime)),
    [],
  )
})

test('every member of every enumeration that was ever published is one of ours, but for the listed ones', () => {
  const lost = VERSIONS.flatMap((version) =>
    Object.entries(readDeclarations(version).enums).flatMap(([name, members]) =>
      Object.keys(members)
        .filter((member) => !(member in (readOurEnums()[name] ?? {})))
        .map((member) => `${version} ${name}.${member}`),
    ),
  )
  assert.deepEqual(
    lost.filter((entry) => !entry.includes('PaymentComponentName')),
    [
      '0.1.0-beta PaymentStatus.Approved',
      '0.1.0-beta PaymentStatus.Declined',
      '0.1.0-beta FontName.Title',
      '0.1.0-beta FontName.Body',
      '0.5.0-beta ComponentName.Giropay',
      '0.5.0-beta ComponentName.Sofort',
      '0.6.0-beta ComponentName.Giropay',
      '0.6.0-beta ComponentName.Sofort',
    ],
  )
})
