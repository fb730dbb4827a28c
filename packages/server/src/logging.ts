/** Log lines: JSON, one a request and one for what went wrong, and no secret in any of them. */
import { maskCardNumbers } from '@sluice/core/cards'
import pino, { type DestinationStream, type Logger } from 'pino'
import type { Config } from './config.ts'
import { systemNow } from './time.ts'

const REDACTED = '[redacted]'

/** Everything of ours that opens something: keys, session secrets and tokens, JWTs and JWEs, links that carry a token. */
const SECRETS =
  /\b[sp]k_(?:sbox_|test_)?[a-z2-7*#$=-]{8,}|\bpss_[0-9a-f-]{8,}|\bYmFzZTY0:[A-Za-z0-9+/=]+|\beyJ[\w-]{8,}(?:\.[\w-]*){2,4}|(?<=\bBearer )[^\s"]{8,}/g

/** Members that are never written, at any depth pino's paths reach. */
const REDACTED_PATHS = ['authorization', 'client_secret', 'session_data', 'number', 'cvv', 'password', 'body'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
)

/**
 * @param destination standard output when absent: written to in the background, so that a slow reader of the log does
 *   not hold up requests, and flushed when the process ends
 */
export function createLogger(config: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger {
  return pino(
    {
      level: config.logLevel,
      base: { name: 'sluice' },
      timestamp: () => `,"time":"${new Date(systemNow()).toISOString()}"`,
      redact: { paths: REDACTED_PATHS, censor: REDACTED },
      serializers: { err: errorForLog, error: errorForLog },
      hooks: { streamWrite: withoutSecrets },
    },
    destination ?? pino.destination({ dest: 1, sync: false, minLength: 4096, maxLength: 16 * 1024 * 1024 }),
  )
}

/** The last look at a finished line: whatever reached it by mistake does not leave the house. */
export function withoutSecrets(line: string): string {
  return maskCardNumbers(line.replace(SECRETS, REDACTED))
}

/** What of an error is worth knowing. Not `detail`, `where` or `parameters`: a database error quotes the row it refused. */
interface LoggedError {
  type: string
  message: string
  code?: unknown
  constraint?: unknown
  table?: unknown
  stack?: unknown
  cause?: LoggedError
}

const DEEPEST_CAUSE = 5

function errorForLog(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' }
  const { code, constraint, table, stack, cause } = error as Error & Record<'code' | 'constraint' | 'table', unknown>
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(constraint !== undefined && { constraint }),
    ...(table !== undefined && { table }),
    ...(stack !== undefined && { stack }),
    ...(cause instanceof Error && depth < DEEPEST_CAUSE && { cause: errorForLog(cause, depth + 1) }),
  }
}
