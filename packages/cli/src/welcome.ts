/** What a start says when everything answers: where, with which keys, and what to do first. */
import { type Config, isLoopback, servedHosts } from '@sluice/server/config'
import { SANDBOX_CHANNEL, SANDBOX_KEYS } from '@sluice/server/operations/seed'
import type { OpenedCertificate } from './certificate.ts'
import { callerOf, firstCurl } from './first-curl.ts'
import { dataDirFlag } from './shell.ts'

/** The lines. */
export function welcome(config: Config, tls: OpenedCertificate | undefined): string[] {
  const { mode, urls, dataDir } = config
  const sandbox = mode === 'sandbox'
  return [
    `Sluice is ready (${mode}).`,
    '',
    `  API         ${urls.api}      reference: ${urls.api}/docs`,
    `  frames      ${urls.frames}`,
    ...(sandbox ? [`  simulator   ${urls.simulator}`, `  demo shop   ${urls.shop}`] : []),
    '',
    ...(tls?.selfSigned ? [...trust(tls.selfSigned), ''] : []),
    ...(isLoopback(config.listen) ? [] : [reach(config), '']),
    ...(config.keys === 'published' ? published(config, tls) : merchantToBeMade(config)),
    '',
    `Stop with Ctrl-C; the data stays in ${dataDir}.`,
  ]
}

function published({ keys, urls }: Config, tls: OpenedCertificate | undefined): string[] {
  return [
    `  secret key  ${SANDBOX_KEYS.secret}`,
    `  public key  ${SANDBOX_KEYS.public}`,
    `  OAuth       ${SANDBOX_KEYS.client_id} / ${SANDBOX_KEYS.client_secret}`,
    `  channel     ${SANDBOX_CHANNEL}`,
    '',
    'Request a first payment session:',
    '',
    firstCurl(urls.api, callerOf(keys, tls?.selfSigned)),
  ]
}

/** As it is typed in the folder where Sluice was started. */
function merchantToBeMade({ dataDir, databaseUrl, mode }: Config): string[] {
  const same = databaseUrl !== undefined || mode === 'production' ? ', with the same SLUICE_… settings' : ''
  return [
    `Make a merchant and its keys${same}:`,
    '',
    `npx --no-install sluice seed --entity NAME${dataDirFlag(dataDir)}`,
  ]
}

function trust(certificate: string): string[] {
  return [
    `  certificate ${certificate}`,
    '              vouches for itself: clients trust it by NODE_EXTRA_CA_CERTS=FILE, curl by --cacert FILE',
  ]
}

/** Listening is not answering: a name that is not known to be ours gets 421. */
function reach(config: Config): string {
  const { listen } = config
  const hosts = [...new Set(servedHosts(config, 'api'))].filter((name) => !isLoopback(name.replace(/^\[|\]$/g, '')))
  return hosts.length > 0
    ? `Listening on ${listen}; other machines reach it as ${hosts.join(', ')}.`
    : `Listening on ${listen}, but answering only for localhost: say with --hosts which names or addresses others use.`
}
