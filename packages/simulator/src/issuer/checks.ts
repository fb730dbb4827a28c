/** Address and CVV checks: what the issuer says of what the shopper typed beside the number. */

/** `billing.address.address_line1` → `avs_check`. */
export const AVS_BY_ADDRESS_LINE: ReadonlyMap<string, string> = new Map(
  [
    ['A', 'B', 'C', 'D', 'F', 'G', 'I', 'M', 'N', 'P', 'R', 'U', 'Y', 'Z'],
    ['AE1', 'AE2', 'AE3', 'AE4', 'AE5', 'AE6', 'AE7'],
  ].flatMap((letters) => letters.map((letter) => [`Test_${letter}`, letter] as const)),
)

/** Not supported: the answer to every address that asks for nothing else. */
const AVS_NOT_SUPPORTED = 'S'

export function avsCheck(addressLine1: string | undefined): string {
  return AVS_BY_ADDRESS_LINE.get(addressLine1 ?? '') ?? AVS_NOT_SUPPORTED
}

/** Every CVV matches, except where the card's row says otherwise. `X`: none was sent. */
export function cvvCheck(cvv: string | undefined, ofRow: string | undefined): string {
  if (!cvv) return 'X'
  return ofRow ?? 'Y'
}
