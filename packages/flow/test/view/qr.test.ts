/** QR codes, read again by a reader that is written from the other side of ISO/IEC 18004. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { qrModules } from '../../src/view/steps/qr.ts'

/** Annex C: the fifteen bits of level M with each mask. */
const FORMATS = [0x5412, 0x5125, 0x5e7c, 0x5b4b, 0x45f9, 0x40ce, 0x4f97, 0x4aa0]
/** Annex D, the first and some later ones. */
const VERSIONS: Record<number, number> = { 7: 0x07c94, 8: 0x085bc, 10: 0x0a4d3, 15: 0x0f928, 20: 0x149a6 }
/** Table 7: data codewords at level M; table 9: blocks. */
const DATA = [16, 28, 44, 64, 86, 108, 124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563, 627, 669]
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]
/** Table 1. */
const ALL = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346, 404, 466, 532, 581, 655, 733, 815, 901, 991, 1085]
/** Annex E. */
const ALIGNMENTS: number[][] = [
  [],
  ...[18, 22, 26, 30, 34].map((last) => [6, last]),
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
  [6, 30, 54],
  [6, 32, 58],
  [6, 34, 62],
  [6, 26, 46, 66],
  [6, 26, 48, 70],
  [6, 26, 50, 74],
  [6, 30, 54, 78],
  [6, 30, 56, 82],
  [6, 30, 58, 86],
  [6, 34, 62, 90],
]

const CONDITIONS = [
  (i: number, j: number) => (i + j) % 2,
  (i: number) => i % 2,
  (_: number, j: number) => j % 3,
  (i: number, j: number) => (i + j) % 3,
  (i: number, j: number) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2,
  (i: number, j: number) => ((i * j) % 2) + ((i * j) % 3),
  (i: number, j: number) => (((i * j) % 2) + ((i * j) % 3)) % 2,
  (i: number, j: number) => (((i * j) % 3) + ((i + j) % 2)) % 2,
]

const EXP: number[] = [1]
for (let power = 1; power < 255; power++) {
  const doubled = (EXP.at(-1) as number) * 2
  EXP.push(doubled > 255 ? doubled ^ 0x11d : doubled)
}
const LOG = new Map(EXP.map((value, power) => [value, power]))
const multiply = (a: number, b: number) =>
  a === 0 || b === 0 ? 0 : (EXP[((LOG.get(a) as number) + (LOG.get(b) as number)) % 255] as number)

function read(modules: boolean[][]): { text: string; version: number } {
  const size = modules.length
  const version = (size - 17) / 4
  const at = (row: number, column: number) => (modules[row]?.[column] ? 1 : 0)
  const bitsOf = (places: [number, number][]) => places.reduce((bits, [row, column]) => bits * 2 + at(row, column), 0)

  const first: [number, number][] = [
    ...[0, 1, 2, 3, 4, 5, 7, 8].map((column): [number, number] => [8, column]),
    ...[7, 5, 4, 3, 2, 1, 0].map((row): [number, number] => [row, 8]),
  ]
  const second: [number, number][] = [
    ...[1, 2, 3, 4, 5, 6, 7].map((back): [number, number] => [size - back, 8]),
    ...[8, 7, 6, 5, 4, 3, 2, 1].map((back): [number, number] => [8, size - back]),
  ]
  const format = bitsOf(first)
  assert.equal(bitsOf(second), format, 'both copies of the format')
  const mask = FORMATS.indexOf(format)
  assert.notEqual(mask, -1)
  assert.equal(at(size - 8, 8), 1, 'the dark module')
  if (version >= 7) {
    const places = Array.from({ length: 18 }, (_, bit): [number, number] => [
      Math.floor((17 - bit) / 3),
      size - 11 + ((17 - bit) % 3),
    ])
    if (VERSIONS[version]) assert.equal(bitsOf(places), VERSIONS[version])
    assert.equal(bitsOf(places.map(([row, column]) => [column, row])), bitsOf(places))
  }

  const marks = ALIGNMENTS[version - 1] as number[]
  const isFunction = (row: number, column: number) =>
    row === 6 ||
    column === 6 ||
    (row < 9 && (column < 9 || column >= size - 8)) ||
    (row >= size - 8 && column < 9) ||
    (version >= 7 && ((row < 6 && column >= size - 11) || (column < 6 && row >= size - 11))) ||
    marks.some((r) =>
      marks.some(
        (c) =>
          !(r === 6 && c === 6) &&
          !(r === 6 && c === marks.at(-1)) &&
          !(c === 6 && r === marks.at(-1)) &&
          Math.abs(row - r) <= 2 &&
          Math.abs(column - c) <= 2,
      ),
    )
  const bits: number[] = []
  let upwards = true
  for (let right = size - 1; right > 0; right -= 2, upwards = !upwards) {
    if (right === 6) right--
    for (let step = 0; step < size; step++) {
      const row = upwards ? size - 1 - step : step
      for (const column of [right, right - 1]) {
        if (isFunction(row, column)) continue
        const flip = (CONDITIONS[mask] as (i: number, j: number) => number)(row, column) === 0 ? 1 : 0
        bits.push(at(row, column) ^ flip)
      }
    }
  }
  const all = ALL[version - 1] as number
  const words = Array.from({ length: all }, (_, word) =>
    bits.slice(word * 8, word * 8 + 8).reduce((value, bit) => value * 2 + bit, 0),
  )

  const blocks = BLOCKS[version - 1] as number
  const data = DATA[version - 1] as number
  const checks = (all - data) / blocks
  const lengths = Array.from({ length: blocks }, (_, block) => Math.floor((data + block) / blocks))
  assert.equal(
    lengths.reduce((sum, one) => sum + one, 0),
    data,
  )
  const parts: number[][] = lengths.map(() => [])
  let next = 0
  for (let column = 0; column < (lengths.at(-1) as number); column++) {
    parts.forEach((part, block) => column < (lengths[block] as number) && part.push(words[next++] as number))
  }
  for (let column = 0; column < checks; column++) for (const part of parts) part.push(words[next++] as number)
  for (const part of parts) {
    for (let root = 0; root < checks; root++) {
      const syndrome = part.reduce((value, word) => multiply(value, EXP[root] as number) ^ word, 0)
      assert.equal(syndrome, 0, 'a codeword of the Reed-Solomon code')
    }
  }
  const stream = parts
    .flatMap((part, block) => part.slice(0, lengths[block]))
    .map((word) => word.toString(2).padStart(8, '0'))
    .join('')
  assert.equal(stream.slice(0, 4), '0100', 'bytes')
  const lengthBits = version < 10 ? 8 : 16
  const length = Number.parseInt(stream.slice(4, 4 + lengthBits), 2)
  const body = stream.slice(4 + lengthBits, 4 + lengthBits + length * 8)
  const bytes = (body.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
  return { text: new TextDecoder().decode(Uint8Array.from(bytes)), version }
}

test('what is drawn is read again, in every version from 1 to 20', () => {
  for (const [index, data] of DATA.entries()) {
    const version = index + 1
    const most = data - (version < 10 ? 2 : 3)
    for (const length of [most, most - 3]) {
      const text = Array.from({ length }, (_, place) => String.fromCharCode(33 + ((place * 7 + length) % 90))).join('')
      assert.deepEqual(read(qrModules(text)), { text, version })
    }
  }
})

test('texts of any script, of one letter and of none are read again', () => {
  for (const text of ['', 'A', 'SGQR 新加坡 ١٢٣', '00020101021126380009SG.PAYNOW010100211']) {
    assert.equal(read(qrModules(text)).text, text)
  }
})

test('a text that no version holds is refused', () => {
  assert.throws(() => qrModules('x'.repeat(667)), RangeError)
})
