/** A file that is handed out as it is: held in memory, compressed once, named by its content. */
import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface ServedFile {
  readonly type: string
  readonly bytes: Buffer
  /** Strong, of the bytes before compression; each encoding has its own by a suffix. */
  readonly hash: string
  /** For the `integrity` of a script or style sheet. */
  readonly integrity: string
  encoded(encoding: Encoding): Promise<Buffer>
}

type Encoding = 'br' | 'gzip'

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
}
const NOT_WORTH_IT = 200

/** @param name decides the type of the content */
export function servedFile(name: string, bytes: Buffer): ServedFile {
  const compressed = new Map<Encoding, Promise<Buffer>>()
  return {
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    bytes,
    hash: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
    integrity: `sha384-${createHash('sha384').update(bytes).digest('base64')}`,
    encoded(encoding) {
      const known = compressed.get(encoding)
      if (known) return known
      // At the first request and beside the event loop: a start must not wait for files that nobody has asked for.
      const made = compress(encoding, bytes)
      compressed.set(encoding, made)
      return made
    },
  }
}

const brotliAsync = promisify(brotliCompress)
const gzipAsync = promisify(gzip)

function compress(encoding: Encoding, bytes: Buffer): Promise<Buffer> {
  if (encoding === 'gzip') return gzipAsync(bytes, { level: 9 })
  return brotliAsync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
}

/** A name that says the content never changes; a name that does not is asked about again soon. */
export const CACHE = {
  immutable: 'public, max-age=31536000, immutable',
  soon: 'public, max-age=300, stale-while-revalidate=86400',
} as const

/** Answers the file in the best encoding the client takes, or 304 when it has it. */
export async function serve(
  request: FastifyRequest,
  reply: FastifyReply,
  file: ServedFile,
  cache: keyof typeof CACHE,
): Promise<FastifyReply> {
  const encoding = file.bytes.length > NOT_WORTH_IT ? encodingFor(request.headers['accept-encoding']) : undefined
  const etag = `"${file.hash}${encoding ? `-${encoding}` : ''}"`
  reply.header('cache-control', CACHE[cache]).header('etag', etag)
  reply.header('vary', 'accept-encoding').header('x-content-type-options', 'nosniff')
  if (hasIt(request.headers['if-none-match'], etag)) return reply.code(304).send()
  if (encoding) reply.header('content-encoding', encoding)
  return reply.type(file.type).send(encoding ? await file.encoded(encoding) : file.bytes)
}

function hasIt(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const known = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return known.includes(etag) || known.includes('*')
}

/** Brotli before gzip, whichever the client does not rule out with `q=0`. */
function encodingFor(header = ''): Encoding | undefined {
  const taken = header
    .toLowerCase()
    .split(',')
    .map((part) => part.trim().split(/\s*;\s*/))
    .filter(([, quality = 'q=1']) => !/^q=0(?:\.0*)?$/.test(quality))
    .map(([name]) => name)
  return (['br', 'gzip'] as const).find((encoding) => taken.includes(encoding))
}
