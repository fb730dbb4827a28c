/** What a value of which nothing is known looks like. */

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A closed object: what is not in the lists is not there. */
export function keysAre(
  value: Record<string, unknown>,
  required: readonly string[],
  optional: readonly string[] = [],
): boolean {
  return (
    required.every((name) => value[name] !== undefined) &&
    Object.keys(value).every((name) => required.includes(name) || optional.includes(name))
  )
}
