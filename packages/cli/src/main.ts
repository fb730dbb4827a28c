/** The command line. Each command's result goes to stdout, alone; what goes wrong is one line on stderr and exit code 1. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Config, type Purpose, readConfig, type Setting, SettingError, settings } from '@sluice/server/config'
import { Command, Help, Option } from 'commander'
import { ClearError, codeOf, diskFull, isDiskFull } from './clear-error.ts'
import type { OriginsRequest } from './origins.ts'
import type { ScenarioOptions } from './scenario.ts'
import type { SeedRequest } from './seed.ts'
import type { SessionDataOptions } from './session-data.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** Of the settings, what a command needs that looks at the database, or changes it. */
const DATABASE_FLAGS = ['--mode', '--data-dir', '--database-url']
const WORK_FLAGS = [...DATABASE_FLAGS, '--master-key']
/** What it needs to call the simulator. */
const SIMULATOR_FLAGS = ['--port', '--simulator-url', '--tls', '--tls-cert', '--tls-key']

const program = new Command('sluice')
  .description('A self-hosted payment-sessions platform.')
  .version(version)
  .configureHelp({ optionDescription })
  .showHelpAfterError('(sluice --help shows every command)')

withSettings(program.command('start'), settings)
  .description('start everything: database, API, frames, and in sandbox the simulator and the demo shop')
  .action(async (_options, command: Command) => {
    const { start } = await import('./start.ts')
    process.exitCode = await start(quietInTerminal(configOf(command), command))
  })

withSettings(program.command('seed'), settingsFor(WORK_FLAGS))
  .description('make a merchant with a processing channel, or a further channel of one, and print its keys')
  .requiredOption('--entity <name>', 'name of the merchant')
  .option('--channel <name>', 'name of the processing channel')
  .option('--origin <origin...>', 'origins whose pages may hold the card frames of the public key')
  .option('--creditor-id <id>', 'identifier of the creditor that SEPA mandates of the channel name')
  .option('--merchant-category-code <code>', 'what the merchant sells, for the issuers of cards (ISO 18245)')
  .option('--merchant-country <code>', 'where the merchant is, for the issuers of cards (ISO 3166-1 alpha-2)')
  .action(async ({ entity, ...given }: { entity: string } & Omit<SeedRequest, 'name'>, command: Command) => {
    const { seed } = await import('./seed.ts')
    print(JSON.stringify(await seed(configOf(command, 'work'), { name: entity, ...given }, warn), null, 2))
  })

withSettings(program.command('origins'), settingsFor(WORK_FLAGS))
  .description('show or change the origins whose pages may hold the card frames of a public key')
  .requiredOption('--key <public key>', 'the public key, pk_…')
  .option('--add <origin...>', 'origins to add, such as https://shop.example')
  .option('--remove <origin...>', 'origins to remove')
  .action(async (request: OriginsRequest, command: Command) => {
    const { origins } = await import('./origins.ts')
    const { key, add, remove } = request
    const known = { key, ...(add && { add }), ...(remove && { remove }) }
    print(JSON.stringify(await origins(configOf(command, 'work'), known), null, 2))
  })

withSettings(program.command('verify'), settingsFor([...DATABASE_FLAGS, ...SIMULATOR_FLAGS]))
  .description('check every money invariant of the database; exit code 1 when one is broken')
  .action(async (_options, command: Command) => {
    const { verifyDatabase } = await import('./verify.ts')
    const { lines, sound } = await verifyDatabase(configOf(command, 'read'))
    print(lines.join('\n'))
    process.exitCode = sound ? 0 : 1
  })

withSettings(program.command('revoke'), settingsFor(WORK_FLAGS))
  .description('revoke a secret or public key, or the client id of an OAuth client')
  .argument('[key]', 'the key or client id; read from standard input when left out')
  .action(async (key: string | undefined, _options, command: Command) => {
    const { revokeKey } = await import('./revoke.ts')
    print(await revokeKey(configOf(command, 'work'), key))
  })

program
  .command('session-data')
  .description('seal a test card for a payment session, or for a merchant, and print the session_data')
  .requiredOption('--url <url>', 'the API, such as http://localhost:4242')
  .option('--session <id>', 'the payment session, ps_…')
  .option('--secret <secret>', 'its payment_session_secret, pss_…')
  .option('--entity <id>', 'in their place the merchant, ent_…, for a complete without a session')
  .requiredOption('--card <number>', 'card number')
  .option('--cvv <digits>', 'security code', '100')
  .option('--expiry <MM/YY>', 'expiry date', '12/30')
  .option('--name <name>', 'cardholder')
  .option('--amount <minor units>', 'amount the shopper was shown, if not the one of the session')
  .option('--currency <code>', 'currency the shopper was shown, if not the one of the session')
  .option('--cacert <file>', 'certificate to trust, if not the one that --tls keeps in the data folder')
  .action(async (options: SessionDataOptions, command: Command) => {
    const { sessionData } = await import('./session-data.ts')
    const { ourFiles } = await import('./certificate.ts')
    const ours = ourFiles({ dataDir: dataDirOf(command) }).cert
    print(await sessionData({ ...(existsSync(ours) && { cacert: ours }), ...options }))
  })

const scenario = program.command('scenario').description('have things go wrong in a sandbox, the same every time')

scenario
  .command('names')
  .description('list the scenarios that ship with Sluice')
  .action(async () => print((await import('./scenario.ts')).catalogueLines()))

scenario
  .command('show')
  .description('print one of them, to begin your own with')
  .argument('<name>', 'its name')
  .action(async (name: string) => print((await import('./scenario.ts')).showScenario(name)))

scenario
  .command('check')
  .description('say whether a file is a scenario, and what is wrong with it')
  .argument('<file>', 'a JSON document')
  .action(async (file: string) => print((await import('./scenario.ts')).checkScenario(file)))

atSandbox(scenario.command('apply'))
  .description('attach a scenario to a merchant, or to a key, session or card')
  .argument('<what>', 'a name of the catalogue, or a file')
  .option('--seed <text>', 'decides every choice')
  .option('--for-key <key>', 'only payments made with this key')
  .option('--session <id>', 'only payments of this session, ps_…')
  .option('--card <digits>', 'only payments with this card: its last four digits')
  .option('--metadata', 'only payments whose metadata.sluice_scenario names it')
  .action(async (what: string, options: ScenarioOptions) =>
    print(await (await import('./scenario.ts')).applyScenario(what, options)),
  )

atSandbox(scenario.command('list'))
  .description('list the scenarios of a merchant')
  .action(async (options: ScenarioOptions) => print(await (await import('./scenario.ts')).listScenarios(options)))

atSandbox(scenario.command('remove'))
  .description('detach a scenario')
  .argument('<id>', 'scn_…')
  .action(async (id: string, options: ScenarioOptions) =>
    print(await (await import('./scenario.ts')).removeScenario(id, options)),
  )

withSettings(program.command('stop'), settingsFor(['--data-dir']))
  .description('stop the Sluice that runs on a data folder')
  .action(async (_options, command: Command) => {
    const { stop } = await import('./stop.ts')
    print(await stop(dataDirOf(command)))
  })

program
  .command('version')
  .description('print the version')
  .action(() => print(version))

try {
  await program.parseAsync()
} catch (error) {
  warn(oneLine(error))
  process.exitCode = 1
}
process.exit() // a pool or a watcher that is still open must not keep a command that is done

function withSettings(command: Command, offered: readonly Setting[]): Command {
  for (const { flag, env, kind, about, default: preset, defaultSays } of offered) {
    const unset = defaultSays ?? preset
    const value = kind.alone === undefined ? `<${kind.value}>` : `[${kind.value}]`
    command.addOption(
      new Option(`${flag} ${value}`, `${about} (${env}${unset ? `, default ${unset}` : ''})`).preset(kind.alone),
    )
  }
  return command
}

/** Where the sandbox runs, and whose. */
function atSandbox(command: Command): Command {
  return command
    .option('--url <url>', 'the API', 'http://localhost:4242')
    .option('--key <secret key>', 'secret key of the merchant', 'sk_sbox_sluicesandboxsecretkey22222')
}

/** What a flag means alone is said by its being optional. */
function optionDescription(option: Option): string {
  return option.presetArg === undefined ? new Help().optionDescription(option) : option.description
}

function settingsFor(flags: readonly string[]): readonly Setting[] {
  return settings.filter(({ flag }) => flags.includes(flag))
}

/** The settings of a command; the data folder as an absolute path. */
function configOf(command: Command, purpose: Purpose = 'serve'): Config {
  const config = readConfig(process.env, flagsOf(command), purpose)
  return { ...config, dataDir: resolve(config.dataDir) }
}

/** A person at a terminal reads the welcome, not a line for each request; who names a level gets it. */
function quietInTerminal(config: Config, command: Command): Config {
  const named = command.getOptionValue('logLevel') !== undefined || process.env.SLUICE_LOG_LEVEL
  return process.stderr.isTTY && !named ? { ...config, logLevel: 'warn' } : config
}

/** Where the data folder is, whatever the other settings say: a stop must not fail for a missing key. */
function dataDirOf(command: Command): string {
  return resolve(readConfig({ SLUICE_DATA_DIR: process.env.SLUICE_DATA_DIR }, flagsOf(command)).dataDir)
}

function flagsOf(command: Command): Record<string, string | undefined> {
  return Object.fromEntries(
    command.options.map((option) => [option.long ?? '', command.getOptionValue(option.attributeName())]),
  )
}

function oneLine(error: unknown): string {
  if (error instanceof ClearError || error instanceof SettingError) return error.message
  if (isDiskFull(error)) return diskFull('the data').message
  const message = error instanceof Error ? error.message || codeOf(error) : String(error)
  const stack = error instanceof Error && process.env.SLUICE_LOG_LEVEL === 'debug' ? `\n${error.stack}` : ''
  return `Sluice failed: ${message.split('\n')[0]}${stack || ' (SLUICE_LOG_LEVEL=debug shows where)'}`
}

function print(text: string) {
  process.stdout.write(`${text}\n`)
}

/** Beside the result, so that a script which reads that is not disturbed. */
function warn(line: string) {
  process.stderr.write(`${line}\n`)
}
