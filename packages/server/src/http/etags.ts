/** Versions of a resource as HTTP has them (RFC 9110 §8.8.3, §13.1.1): told in `ETag`, asked for in `If-Match`. */

export function etagOf({ version }: { version: number }): string {
  return `"${version}"`
}

/**
 * Whether a version is one of those in `If-Match`. Without the header any is, and `*` means the same for what is there.
 * A weak tag (`W/"1"`) matches nothing, as the strong comparison wants it.
 */
export function matches(ifMatch: string | undefined, version: number): boolean {
  if (ifMatch === undefined) return true
  const tags = ifMatch.split(',').map((tag) => tag.trim())
  return tags.includes('*') || tags.includes(etagOf({ version }))
}
