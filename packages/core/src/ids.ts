/**
 * Identifiers on the wire: `prefix_` + 26 characters of lower-case base32 (`a-z2-7`, RFC 4648 without padding) of the
 * 16 bytes of a UUIDv7. The database stores the UUID. An id is no secret.
 */

export const ID_PREFIXES = {
  session: 'ps',
  payment: 'pay',
  action: 'act',
  redirect: 'sid',
  customer: 'cus',
  instrument: 'src',
  channel: 'pc',
  entity: 'ent',
  event: 'evt',
  client: 'ack',
  token: 'tok',
  workflow: 'wf',
  workflowAction: 'wfa',
  workflowCondition: 'wfc',
  invocation: 'inv',
  hold: 'hld',
  scenario: 'scn',
} as const

export type IdKind = keyof typeof ID_PREFIXES

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const ENCODED_LENGTH = 26
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The wire form of a stored id: `wireId('payment', uuid)` is `pay_…`. */
export function wireId(kind: IdKind, uuid: string): string {
  return `${ID_PREFIXES[kind]}_${base32OfUuid(uuid)}`
}

/**
 * The UUID behind a wire id, or `undefined` when the text is not an id of this kind. Only the canonical spelling is
 * read: 26 characters hold 130 bits, and an id whose two spare bits are set would be a second name for the same thing.
 */
export function uuidOf(kind: IdKind, wire: string): string | undefined {
  const prefix = `${ID_PREFIXES[kind]}_`
  if (!wire.startsWith(prefix) || wire.length !== prefix.length + ENCODED_LENGTH) return undefined
  let bits = 0n
  for (const character of wire.slice(prefix.length)) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return undefined
    bits = (bits << 5n) | BigInt(value)
  }
  if (bits & 3n) return undefined
  const hex = (bits >> 2n).toString(16).padStart(32, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function base32OfUuid(uuid: string): string {
  if (!UUID.test(uuid)) throw new TypeError(`not a UUID: ${uuid}`)
  let bits = 0
  let held = 0
  let text = ''
  for (let at = 0; at < uuid.length; at++) {
    if (uuid[at] === '-') continue
    bits = ((bits << 4) | Number.parseInt(uuid[at] as string, 16)) & 0x1ff
    held += 4
    if (held < 5) continue
    held -= 5
    text += ALPHABET[(bits >> held) & 31]
  }
  return text + ALPHABET[(bits << (5 - held)) & 31]
}

/**
 * A UUIDv7 (RFC 9562 §5.7) whose 12 `rand_a` bits are a routing bucket, so that a router can send a request that carries
 * only an id to the right cell.
 * @param milliseconds since 1970, the moment of creation
 * @param bucket 0..4095, the same for all ids of an entity
 * @param random eight random bytes; 62 bits of them are used
 */
export function uuidV7(milliseconds: number, bucket: number, random: Uint8Array): string {
  const time = milliseconds.toString(16).padStart(12, '0')
  const tail = Array.from(random.subarray(0, 8), (byte, at) => (at === 0 ? (byte & 0x3f) | 0x80 : byte))
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  const head = `${time.slice(0, 8)}-${time.slice(8)}-7${(bucket & 0xfff).toString(16).padStart(3, '0')}`
  return `${head}-${tail.slice(0, 4)}-${tail.slice(4)}`
}

/** The smallest UUIDv7 of a moment: the bound between two partitions. */
export function firstUuidOf(milliseconds: number): string {
  const time = milliseconds.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}

/** Milliseconds since 1970, real time, at which a UUIDv7 was made. */
export function millisecondsOf(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}
