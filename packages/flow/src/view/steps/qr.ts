/**
 * QR codes (ISO/IEC 18004): bytes in UTF-8, error correction level M, versions 1 to 20. Enough for what a payment method
 * has scanned, and a tenth of a library that can do everything.
 */

/** Of versions 1 to 20 at level M: check codewords of a block, and how many blocks. */
const CHECKS = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]

type Grid = boolean[][]

/**
 * Rows of modules, `true` for dark, without the quiet zone of four modules around them.
 * @throws RangeError for more than 666 bytes
 */
export function qrModules(text: string): Grid {
  const bytes = new TextEncoder().encode(text)
  const version = CHECKS.findIndex((_, index) => bytes.length + headerBytes(index + 1) <= dataCodewords(index + 1)) + 1
  if (version === 0) throw new RangeError('too long for a QR code')
  const { grid, fixed } = emptyGrid(version)
  place(grid, fixed, interleaved(codewords(bytes, version), version))
  const masked = MASKS.map((mask, number) => withMask(grid, fixed, mask, number))
  return masked.reduce((best, one) => (penalty(one) < penalty(best) ? one : best))
}

/** Mode, length and the end of the data, rounded up. */
function headerBytes(version: number): number {
  return version < 10 ? 2 : 3
}

function sizeOf(version: number): number {
  return version * 4 + 17
}

function allCodewords(version: number): number {
  const marks = alignments(version).length
  const fixed = marks ? (25 * marks - 10) * marks - 55 : 0
  return ((16 * version + 128) * version + 64 - fixed - (version >= 7 ? 36 : 0)) >> 3
}

function dataCodewords(version: number): number {
  return allCodewords(version) - (CHECKS[version - 1] as number) * (BLOCKS[version - 1] as number)
}

function alignments(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2
  const last = sizeOf(version) - 7
  return [6, ...Array.from({ length: count - 1 }, (_, index) => last - (count - 2 - index) * step)]
}

// ---------------------------------------------------------------- data

function codewords(bytes: Uint8Array, version: number): number[] {
  const room = dataCodewords(version)
  const length = bytes.length.toString(2).padStart(version < 10 ? 8 : 16, '0')
  const bits = `0100${length}${Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')}`
  const whole = bits.padEnd(Math.min(room * 8, Math.ceil((bits.length + 4) / 8) * 8), '0')
  const words = (whole.match(/.{8}/g) ?? []).map((word) => Number.parseInt(word, 2))
  for (let pad = 0xec; words.length < room; pad ^= 0xec ^ 0x11) words.push(pad)
  return words
}

/** In blocks, of which the last ones are one longer, each with its check codewords; then a column at a time. */
function interleaved(data: number[], version: number): number[] {
  const blocks = BLOCKS[version - 1] as number
  const checks = CHECKS[version - 1] as number
  const short = Math.floor(data.length / blocks)
  const shorts = blocks - (data.length % blocks)
  const divisor = generator(checks)
  let at = 0
  const parts = Array.from({ length: blocks }, (_, index) => {
    const part = data.slice(at, (at += short + (index < shorts ? 0 : 1)))
    return { part, check: remainder(part, divisor) }
  })
  const columns = (of: number[][], length: number) =>
    Array.from({ length }, (_, index) => of.flatMap((one) => one[index] ?? [])).flat()
  return [
    ...columns(
      parts.map(({ part }) => part),
      short + 1,
    ),
    ...columns(
      parts.map(({ check }) => check),
      checks,
    ),
  ]
}

/** In the field of 256 elements by x⁸ + x⁴ + x³ + x² + 1. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product >> 7 ? 0x11d : 0)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

/** Coefficients of the product of (x − 2ⁿ), the leading one left out. */
function generator(degree: number): number[] {
  const found = [...Array<number>(degree - 1).fill(0), 1]
  let root = 1
  for (let factor = 0; factor < degree; factor++) {
    for (let index = 0; index < degree; index++) {
      found[index] = times(found[index] as number, root) ^ (found[index + 1] ?? 0)
    }
    root = times(root, 2)
  }
  return found
}

function remainder(data: number[], divisor: number[]): number[] {
  const rest = divisor.map(() => 0)
  for (const word of data) {
    const factor = word ^ (rest.shift() as number)
    rest.push(0)
    divisor.forEach((coefficient, index) => {
      rest[index] = (rest[index] as number) ^ times(coefficient, factor)
    })
  }
  return rest
}

// ---------------------------------------------------------------- modules

/** With everything but data and format; `fixed` says where no data goes. */
function emptyGrid(version: number): { grid: Grid; fixed: Grid } {
  const size = sizeOf(version)
  const rows = () => Array.from({ length: size }, () => Array<boolean>(size).fill(false))
  const grid = rows()
  const fixed = rows()
  const set = (x: number, y: number, dark: boolean) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return
    ;(grid[y] as boolean[])[x] = dark
    ;(fixed[y] as boolean[])[x] = true
  }
  const square = (x: number, y: number, reach: number, isDark: (distance: number) => boolean) => {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) set(x + dx, y + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))))
    }
  }

  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    square(x, y, 4, (distance) => distance !== 2 && distance !== 4)
  }
  const marks = alignments(version)
  const last = marks.at(-1)
  for (const x of marks) {
    for (const y of marks) {
      const inCorner = (x === 6 && (y === 6 || y === last)) || (y === 6 && x === last)
      if (!inCorner) square(x, y, 2, (distance) => distance !== 1)
    }
  }
  // Room for the format, which depends on the mask.
  for (let at = 0; at < 9; at++) {
    if (at !== 6) {
      set(8, at, false)
      set(at, 8, false)
    }
    if (at < 8) {
      set(8, size - 1 - at, at === 7)
      set(size - 1 - at, 8, false)
    }
  }
  if (version >= 7) {
    const bits = (version << 12) | bch(version, 12, 0x1f25)
    for (let bit = 0; bit < 18; bit++) {
      const dark = ((bits >> bit) & 1) === 1
      const across = size - 11 + (bit % 3)
      const down = Math.floor(bit / 3)
      set(across, down, dark)
      set(down, across, dark)
    }
  }
  return { grid, fixed }
}

/** In columns of two from the right, up and down by turns, past the timing column. */
function place(grid: Grid, fixed: Grid, words: number[]) {
  const size = grid.length
  let bit = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    const up = ((right + 1) & 2) === 0
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        if ((fixed[y] as boolean[])[x]) continue
        ;(grid[y] as boolean[])[x] = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
        bit++
      }
    }
  }
}

const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

function withMask(grid: Grid, fixed: Grid, mask: (x: number, y: number) => boolean, number: number): Grid {
  const size = grid.length
  const masked = grid.map((row, y) => row.map((dark, x) => dark !== (!(fixed[y] as boolean[])[x] && mask(x, y))))
  // The two bits of level M are 00, so the format is the mask's number alone.
  const bits = ((number << 10) | bch(number, 10, 0x537)) ^ 0x5412
  for (let bit = 0; bit < 15; bit++) {
    const dark = ((bits >> bit) & 1) === 1
    const set = (x: number, y: number) => {
      ;(masked[y] as boolean[])[x] = dark
    }
    if (bit < 6) set(8, bit)
    else if (bit < 8) set(8, bit + 1)
    else if (bit === 8) set(7, 8)
    else set(14 - bit, 8)
    if (bit < 8) set(size - 1 - bit, 8)
    else set(8, size - 15 + bit)
  }
  return masked
}

/** Check bits of a code that the `degree` + 1 bits of `divisor` generate. */
function bch(value: number, degree: number, divisor: number): number {
  let rest = value
  for (let bit = 0; bit < degree; bit++) rest = (rest << 1) ^ ((rest >> (degree - 1)) & 1 ? divisor : 0)
  return rest
}

/** How hard it is to scan: long runs, squares, what looks like a finder, and too much of one colour. */
function penalty(grid: Grid): number {
  const rows = grid.map((row) => row.map(Number).join(''))
  const columns = rows.map((_, x) => rows.map((row) => row[x]).join(''))
  let points = 0
  for (const line of [...rows, ...columns]) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) points += run.length - 2
    points += (line.match(/(?=00001011101|10111010000)/g)?.length ?? 0) * 40
  }
  for (let y = 1; y < rows.length; y++) {
    for (let x = 1; x < rows.length; x++) {
      const square = `${rows[y]?.slice(x - 1, x + 1)}${rows[y - 1]?.slice(x - 1, x + 1)}`
      if (square === '0000' || square === '1111') points += 3
    }
  }
  const dark = rows.join('').replaceAll('0', '').length / rows.length ** 2
  return points + Math.floor(Math.abs(dark * 100 - 50) / 5) * 10
}
