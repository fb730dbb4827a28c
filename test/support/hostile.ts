/** Requests nobody in his right mind would make, and a way to make them. */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { type JsonSchema, type Member, membersOf } from '@sluice/core/wire/codes'
import fc from 'fast-check'
import { anyBody, bodyWith, wrongValues } from '../../packages/core/test/bodies.ts'
import type { Answer } from './sluice.ts'

/** Longer than this is a hang: no generated request asks a bank that was told to be slow. */
const HANG_MS = 5_000

export interface HostileRequest {
  method: string
  /** Visible ASCII: what the parser of HTTP lets through. */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

const agent = new Agent({ keepAlive: true, maxSockets: 16, timeout: HANG_MS })

/**
 * Sends it as it is: a body with any method, headers that `fetch` would not allow. A connection that was kept and that
 * the server has closed meanwhile costs one more try.
 * @throws when no answer comes within `HANG_MS`
 */
export async function sendHostile(origin: string, hostile: HostileRequest): Promise<Answer> {
  try {
    return await sendOnce(origin, hostile)
  } catch (cause) {
    if (!(cause instanceof StaleConnection)) throw cause
    return await sendOnce(origin, hostile)
  }
}

class StaleConnection extends Error {}

function sendOnce(origin: string, { method, path, headers = {}, body }: HostileRequest): Promise<Answer> {
  const { hostname, port } = new URL(origin)
  const since = performance.now()
  return new Promise((resolve, reject) => {
    const what = () =>
      `${method} ${path.slice(0, 200)} ${JSON.stringify(headers).slice(0, 300)} ${String(body).slice(0, 500)}`
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const outgoing = request({ hostname, port, method, path, headers: { ...length, ...headers }, agent }, (reply) => {
      const chunks: Buffer[] = []
      reply.on('data', (chunk: Buffer) => chunks.push(chunk))
      reply.on('end', () => {
        clearTimeout(hang)
        const text = Buffer.concat(chunks).toString('utf8')
        const given = new Headers(
          Object.entries(reply.headersDistinct).flatMap(([name, values]) =>
            (values ?? []).map((value): [string, string] => [name, value]),
          ),
        )
        const json = given.get('content-type')?.includes('json') && text !== ''
        resolve({ status: reply.statusCode ?? 0, headers: given, text, body: json ? JSON.parse(text) : undefined })
      })
      reply.on('error', reject)
    })
    const hang = setTimeout(() => outgoing.destroy(new Error(`no answer for ${HANG_MS} ms: ${what()}`)), HANG_MS)
    outgoing.on('error', (cause) => {
      clearTimeout(hang)
      if (outgoing.reusedSocket && /hang up|EPIPE|ECONNRESET/.test(cause.message))
        return reject(new StaleConnection(what()))
      reject(new Error(`${cause.message} after ${Math.round(performance.now() - since)} ms: ${what()}`, { cause }))
    })
    if (body !== undefined) outgoing.write(body)
    outgoing.end()
  })
}

export function closeHostile() {
  agent.destroy()
}

/** Whatever a member may be given. */
export const anyHostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    ' ',
    [],
    {},
    [[]],
    [null],
    { '': null },
    -1,
    -0,
    0.5,
    1e300,
    5e-324,
    2 ** 53,
    999_999_999_999,

    '\u0000',
    '\ud800',
    '\udfff\ud800',
    '\u202e\u2066',
    '\ufeff',
    '\u0001\u001b[2J',
    'é'.normalize('NFD'),
    '𝕳'.repeat(300),

    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    '$1',
    '{{card.number}}',
    '${7*7}',
    '%00',
    '%s%n',

    "'; drop table payments; --",
    "' or '1'='1",
    '\\',
    '\r\nset-cookie: a=b',
    '<script>alert(1)</script>',
    '../../../etc/passwd',

    '4242 4242 4242 4242',
    '4242424242424242',
    'javascript:alert(1)',
    'data:text/html,<script>',
    'file:///etc/passwd',
    '1000',
    '1e3',
    'NaN',
    'Infinity',
    'null',
    'true',
    'x'.repeat(30_000),
    '9'.repeat(400),
    '2026-02-30T25:61:61Z',

    'ps_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    'cus_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    'pc_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    'en-GB-u-ca-buddhist',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
)

/** A right body in which some members have the wrong value, or any at all. */
export function anyWrongBody(schema: JsonSchema): fc.Arbitrary<unknown> {
  const members = membersOf(schema)
  const spoiled = (member: Member) =>
    fc
      .oneof(fc.constantFrom(...wrongValues(member.schema)), anyHostileValue)
      .map((value) => bodyWith(schema, member.path, value))
  const one = fc.oneof(...members.map(spoiled))
  const many = fc
    .tuple(anyBody(schema), fc.array(one, { maxLength: 4 }))
    .map(([body, wrong]) => Object.assign({}, body, ...wrong.map(topMember)))
  return fc.oneof(one, many, anyBody(schema))
}

/** What `bodyWith` adds to the smallest body: its last member. */
function topMember(body: unknown): object {
  return Object.fromEntries(Object.entries(body as object).slice(-1))
}

/** The bytes of a body: right JSON, JSON with a trap in it, or none at all. */
export function anyBytes(value: fc.Arbitrary<unknown>): fc.Arbitrary<string | Buffer> {
  const text = value.map((body) => JSON.stringify(body) ?? '')
  const spoil = fc.constantFrom<(json: string, at: number) => string | Buffer>(
    (json, at) => json.slice(0, Math.floor(at * json.length)),
    (json) => `\ufeff${json}`,
    (json) => `${json}{}`,
    (json) => `${json}\u0000`,
    (json) => `[${json}]`,
    (json) => json.replace(/^\{/, '{"amount":1,'),
    (json) => json.replace(/^\{/, '{"__proto__":{"isAdmin":true},'),
    (json) => json.replace(/^\{/, '{"constructor":{"prototype":{"x":1}},'),
    (json) => json.replace(/"amount":-?[\d.e+]+/, '"amount":1e999'),
    (json) => json.replace(/"amount":-?[\d.e+]+/, '"amount":-0'),
    (json) => json.replace(/"amount":-?[\d.e+]+/, '"amount":1000.0000000000000000001'),
    (json) => json.replace(/"amount":-?[\d.e+]+/, '"amount":0x10'),
    (json) => json.replace(/:-?\d+/g, ':99999999999999999999'),
    (json) => json.replace(/^\{/, `{"metadata":${'{"a":'.repeat(40)}1${'}'.repeat(40)},`),
    (json) => json.replace(/^\{/, `{"items":${'['.repeat(20_000)}`),
    (json) => json.replace(/^\{/, `{${Array.from({ length: 12_000 }, (_, at) => `"m${at}":0,`).join('')}`),
    (json) => Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from([0xff, 0xfe, 0x7d])]),
    (json) => Buffer.from(json, 'utf16le'),
    (json, at) =>
      json.slice(0, Math.floor(at * json.length)) +
      String.fromCharCode(at * 65_535) +
      json.slice(Math.floor(at * json.length)),
  )
  return fc.oneof(
    { weight: 6, arbitrary: text },
    {
      weight: 3,
      arbitrary: fc
        .tuple(text, spoil, fc.double({ min: 0, max: 1, noNaN: true }))
        .map(([json, how, at]) => how(json, at)),
    },
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.string(),
        fc.constantFrom('', 'null', '[]', '"x"', '0', '{', 'x'.repeat(300_000)),
      ),
    },
  )
}

/** Something in the place of an id. */
export function anyId(real: readonly string[]): fc.Arbitrary<string> {
  const shaped = fc
    .tuple(
      fc.constantFrom('ps', 'pay', 'sid', 'act', 'cus', 'ent', 'pc', 'evt', 'src', ''),
      fc.stringMatching(/^[a-z2-7]{26}$/),
    )
    .map(([prefix, tail]) => `${prefix}_${tail}`)
  const odd = fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2e%2e%2f%2e%2e',
    '..%2f..%2fhealth',
    '%00',
    '%0d%0aset-cookie:a=b',
    '%c0%ae',
    '%ff',
    '%',
    '%zz',
    '%25',
    '%u0000',

    '__proto__',
    'constructor',
    'complete',
    'null',
    'undefined',
    'NaN',
    '0',
    '-1',
    '*',
    '{id}',
    ':id',
    "'%20or%201=1--",
    '%F0%9F%99%82',

    'a'.repeat(5_000),
    `ps_${'a'.repeat(25)}b`,
    `PS_${'A'.repeat(26)}`,
    `ps_${'a'.repeat(26)}%20`,
    `ps_${'1'.repeat(26)}`,
  )
  const mangled = fc
    .tuple(fc.constantFrom(...real), fc.constantFrom('', '%00', '/', '//', '?x=1', '#x', ';v=1', '%20', '.json', 'a'))
    .map(([id, tail]) => id + tail)
  return fc.oneof(
    fc.constantFrom(...real),
    shaped,
    odd,
    mangled,
    fc
      .string({ unit: 'binary' })
      .filter((text) => text.isWellFormed())
      .map(encodeURIComponent),
  )
}

export const anyQuery: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '?',
      '?a',
      '?a=1&a=2',
      '?a[]=1&a[b]=2',
      '?__proto__[x]=1',
      '?limit=1e999',
      '?%ff',
      '?=',
      `?${'a=1&'.repeat(2_000)}`,
    ),
  },
  { weight: 1, arbitrary: fc.webQueryParameters().map((query) => `?${query}`) },
)

/** A value of a header as bytes can be sent: no line ends, no NUL. */
export const anyHeaderValue: fc.Arbitrary<string> = fc.oneof(
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 80,
  }),
  fc.constantFrom(
    '',
    ' ',
    'null',
    'x'.repeat(300),
    'x'.repeat(9_000),
    "' or 1=1 --",
    '__proto__',
    '../..',
    '\t',
    'a,b;c="d"',
  ),
)

/**
 * Headers of a caller, right ones more often than not.
 * @param right those of a caller who may do what he asks for
 */
export function anyHeaders(right: Record<string, string>): fc.Arbitrary<Record<string, string>> {
  const some = (arbitrary: fc.Arbitrary<string>) => fc.option(arbitrary, { nil: undefined, freq: 8 })
  const odd = fc.record(
    {
      authorization: fc.oneof(
        anyHeaderValue,
        anyHeaderValue.map((value) => `Bearer ${value}`),
        fc.constant('Bearer eyJhbGciOiJub25lIn0.e30.'),
      ),
      'content-type': fc.constantFrom(
        'text/plain',
        'application/xml',
        'application/json; charset=utf-16',
        'application/json;',
        'multipart/form-data; boundary=x',
        'application/x-www-form-urlencoded',
        '*/*',
        'application/json, application/json',
        'json',
      ),
      'cko-idempotency-key': anyHeaderValue,
      'sluice-session-secret': anyHeaderValue,
      accept: anyHeaderValue,
      'accept-language': anyHeaderValue,
      'user-agent': anyHeaderValue,
      'x-forwarded-for': anyHeaderValue,
      'x-forwarded-host': anyHeaderValue,
      'x-http-method-override': fc.constantFrom('DELETE', 'PATCH'),
      'content-encoding': fc.constantFrom('gzip', 'br', 'identity'),
      cookie: anyHeaderValue,
      origin: anyHeaderValue,
      range: fc.constantFrom('bytes=0-', 'bytes=-1'),
      'if-none-match': fc.constant('*'),
    },
    { requiredKeys: [] },
  )
  return fc
    .tuple(fc.constant(right), some(fc.constant('odd')), odd)
    .map(([headers, spoil, strange]) => (spoil ? { ...headers, ...strange } : headers))
}

export const anyMethod = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'),
  },
)

/** Nothing that was asked for is the server's own fault, and every refusal names what is wrong. */
export function assertEnvelope(what: string, { status, headers, text, body }: Answer) {
  assert.ok(status >= 200 && status < 500, `${what} answered ${status} ${text}`)
  if (status < 400) return
  assert.match(headers.get('cko-request-id') ?? '', /^[0-9a-f-]{36}$/, what)
  assert.ok(headers.get('cko-version'), what)
  if (status === 401 || text === '' || isTokenError(body)) return
  assert.equal(body?.request_id, headers.get('cko-request-id'), `${what}: ${text}`)
  assert.ok(Array.isArray(body.error_codes) && body.error_codes.length > 0, `${what}: ${text}`)
}

/** The token endpoint answers with the words of RFC 6749. */
function isTokenError(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).join() === 'error'
}
