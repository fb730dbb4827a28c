/** Base64 (RFC 4648 §4, padded) of the UTF-8 of a text, without the browser's or Node's help. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The two characters of each twelve bits. */
const PAIRS = Array.from({ length: 4096 }, (_, bits) => `${ALPHABET[bits >> 6]}${ALPHABET[bits & 63]}`)

/** The six bits of each character. */
const BITS_OF = new Uint8Array(128)
for (let bits = 0; bits < 64; bits++) BITS_OF[ALPHABET.charCodeAt(bits)] = bits

/** A lone surrogate is written as U+FFFD, as everywhere on the web. */
export function base64OfText(text: string): string {
  const bytes = utf8Of(text)
  const whole = bytes.length - (bytes.length % 3)
  let encoded = ''
  for (let at = 0; at < whole; at += 3) {
    const three = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
    encoded += (PAIRS[three >> 12] as string) + (PAIRS[three & 4095] as string)
  }
  const [first, second] = bytes.subarray(whole)
  if (first === undefined) return encoded
  if (second === undefined) return `${encoded}${PAIRS[first << 4]}==`
  return `${encoded}${PAIRS[(first << 4) | (second >> 4)]}${ALPHABET[(second & 15) << 2]}=`
}

/** The text behind it, or `undefined` when it is not padded base64 of well-formed UTF-8. */
export function textOfBase64(encoded: string): string | undefined {
  if (!BASE64.test(encoded)) return undefined
  // Percent-escapes are the one reader of UTF-8 that the language itself has.
  let escaped = ''
  for (let at = 0; at < encoded.length; at += 4) {
    let four = 0
    for (let place = 0; place < 4; place++) four = (four << 6) | (BITS_OF[encoded.charCodeAt(at + place)] as number)
    const held = encoded[at + 2] === '=' ? 1 : encoded[at + 3] === '=' ? 2 : 3
    for (let byte = 0; byte < held; byte++) {
      escaped += `%${((four >> (16 - 8 * byte)) & 255).toString(16).padStart(2, '0')}`
    }
  }
  try {
    return decodeURIComponent(escaped)
  } catch {
    return undefined
  }
}

/** UTF-8. A lone surrogate is written as U+FFFD. */
export function utf8Of(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at)
    if (code < 0x80) {
      bytes[length++] = code
      continue
    }
    if (code >= 0xd800 && code < 0xe000) {
      const point = text.codePointAt(at) as number
      if (point > 0xffff) at++
      code = point > 0xffff ? point : 0xfffd
    }
    if (code < 0x800) {
      bytes[length++] = 0xc0 | (code >> 6)
    } else {
      if (code < 0x10000) {
        bytes[length++] = 0xe0 | (code >> 12)
      } else {
        bytes[length++] = 0xf0 | (code >> 18)
        bytes[length++] = 0x80 | ((code >> 12) & 63)
      }
      bytes[length++] = 0x80 | ((code >> 6) & 63)
    }
    bytes[length++] = 0x80 | (code & 63)
  }
  return bytes.subarray(0, length)
}
