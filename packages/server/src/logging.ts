/** Log lines: JSON, one a request and one for what went wrong, and no secret in any of them. */
import { maskCardNumbers } from '@sluice/core/cards'
import pino, { type DestinationStream, type Logger } from 'pino'
import type { Config } from './config.ts'
import { systemNow } from './time.ts'

const REDACTED = '[redacted]'
/** What a reader that has stopped reading may cost; lines beyond it are lost. */
const MOST_UNWRITTEN_BYTES = 16 * 1024 * 1024

/** Everything of ours that opens something: keys, session secrets and tokens, JWTs and JWEs, bearers of others. */
const SECRETS =
  /\b[sp]k_(?:sbox_|test_)?[a-z2-7*#$=-]{8,}|\bpss_[0-9a-f-]{8,}|\btok_[a-z2-7]{8,}|\bYmFzZTY0:[A-Za-z0-9+/=]+|\beyJ[\w-]{8,}(?:\.[\w-]*){2,4}|(?<=\bBearer )[^\s"\\]{8,}/g

/** Members whose value is never written, whatever it looks like. */
const SECRET_MEMBERS =
  /"(authorization|client_secret|session_data|payment_session_secret|payment_session_token|number|cvv|password)":(?:"(?:[^"\\]|\\.)*"|[\d.]+)/g

/** As many digits as a card number has, grouped or not: the mask, which is slow, is for lines that have them. */
const MANY_DIGITS = /\d(?:[ -]?\d){11}/

/**
 * @param destination standard error when absent, because a command's result stands alone on standard output. Written to
 *   in the background, so that a slow reader of the log does not hold up requests, and flushed when the process ends
 */
export function createLogger(config: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger {
  return pino(
    {
      level: config.logLevel,
      base: { name: 'sluice' },
      timestamp: () => `,"time":"${new Date(systemNow()).toISOString()}"`,
      serializers: { err: errorForLog, error: errorForLog },
      hooks: { streamWrite: withoutSecrets },
    },
    destination ?? pino.destination({ dest: 2, sync: false, maxLength: MOST_UNWRITTEN_BYTES }),
  )
}

/**
 * The last look at a finished line: whatever reached it by mistake does not leave the house. It looks at the text and
 * not, as pino's own redaction does, at paths: it is ten times as fast, and finds a secret wherever it stands.
 */
export function withoutSecrets(line: string): string {
  const redacted = line.replace(SECRETS, REDACTED).replace(SECRET_MEMBERS, `"$1":"${REDACTED}"`)
  return MANY_DIGITS.test(redacted) ? maskCardNumbers(redacted) : redacted
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
