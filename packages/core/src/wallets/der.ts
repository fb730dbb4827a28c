/**
 * ASN.1 as certificates and CMS messages are written (X.690): read strictly, and written. DER, and of BER only the
 * indefinite length, with which Apple writes its signatures. Nothing is believed about lengths: whatever does not fit its
 * parent, or is not told in the fewest bytes, is no ASN.1.
 */
import { joined } from './formats.ts'

export interface Asn1 {
  /** The identifier byte: class, constructed and number. Numbers above 30 are not read. */
  tag: number
  /** Without identifier, length and end marker. */
  body: Uint8Array
  /** All of it, as it was signed. */
  whole: Uint8Array
  /** Of what is constructed; else empty. */
  children: readonly Asn1[]
}

export const TAGS = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const

const CONSTRUCTED = 0x20
const HIGH_NUMBER = 0x1f
const DEEPEST = 24
const LONGEST = 0xffffff

/** The one value that the bytes are, with nothing behind it. @throws when they are not */
export function readAsn1(bytes: Uint8Array): Asn1 {
  const { value, next } = read(bytes, 0, bytes.length, 0)
  if (next !== bytes.length) throw malformed('something follows')
  return value
}

function read(bytes: Uint8Array, at: number, end: number, depth: number): { value: Asn1; next: number } {
  if (depth > DEEPEST) throw malformed('too deep')
  const tag = byteAt(bytes, at, end)
  if ((tag & HIGH_NUMBER) === HIGH_NUMBER) throw malformed('a long tag')
  const first = byteAt(bytes, at + 1, end)
  if (first === 0x80) return readIndefinite(bytes, at, end, depth, tag)
  const { length, from } = lengthAt(bytes, at + 1, end)
  const next = from + length
  if (next > end) throw malformed('longer than what holds it')
  const children: Asn1[] = []
  if (tag & CONSTRUCTED) {
    let position = from
    while (position < next) {
      const child = read(bytes, position, next, depth + 1)
      children.push(child.value)
      position = child.next
    }
  }
  return { value: { tag, body: bytes.subarray(from, next), whole: bytes.subarray(at, next), children }, next }
}

/** Ends with two bytes of zero. */
function readIndefinite(bytes: Uint8Array, at: number, end: number, depth: number, tag: number) {
  if (!(tag & CONSTRUCTED)) throw malformed('no length')
  const children: Asn1[] = []
  let position = at + 2
  while (byteAt(bytes, position, end) !== 0 || byteAt(bytes, position + 1, end) !== 0) {
    const child = read(bytes, position, end, depth + 1)
    children.push(child.value)
    position = child.next
  }
  const next = position + 2
  return {
    value: { tag, body: bytes.subarray(at + 2, position), whole: bytes.subarray(at, next), children },
    next,
  }
}

function lengthAt(bytes: Uint8Array, at: number, end: number): { length: number; from: number } {
  const first = byteAt(bytes, at, end)
  if (first < 0x80) return { length: first, from: at + 1 }
  const count = first & 0x7f
  let length = 0
  for (let i = 1; i <= count; i++) {
    length = length * 256 + byteAt(bytes, at + i, end)
    if (length > LONGEST) throw malformed('too long')
  }
  // The fewest bytes that hold it.
  if (length < 0x80 || bytes[at + 1] === 0) throw malformed('a length in too many bytes')
  return { length, from: at + 1 + count }
}

function byteAt(bytes: Uint8Array, at: number, end: number): number {
  const byte = at < end ? bytes[at] : undefined
  if (byte === undefined) throw malformed('cut off')
  return byte
}

function malformed(why: string): Error {
  return new Error(`not ASN.1: ${why}`)
}

// ---------------------------------------------------------------- writing

export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = joined(...contents)
  return joined(Uint8Array.of(tag), lengthOf(body.length), body)
}

/** With an indefinite length, as Apple writes it. */
export function indefinite(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joined(Uint8Array.of(tag, 0x80), ...contents, Uint8Array.of(0, 0))
}

export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  return der(TAGS.oid, oidBody(dotted))
}

/** Whether a value is this object identifier. */
export function isOid(value: Asn1 | undefined, dotted: string): boolean {
  return value?.tag === TAGS.oid && sameBytes(value.body, oidBody(dotted))
}

function oidBody(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return Uint8Array.from([first * 40 + second, ...rest].flatMap(base128))
}

function base128(value: number): number[] {
  const groups = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 0x80)
  return groups
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}
