/**
 * Texts that are kept as lines, so that a page of them can be read and compared.
 * @throws Error when there are more or fewer lines than names
 */
export function textsOfLines<const Names extends readonly string[]>(
  names: Names,
  text: string,
): Readonly<Record<Names[number], string>> {
  const lines = text.trim().split(/\n */)
  if (lines.length !== names.length) throw new Error(`${lines.length} lines instead of ${names.length}: ${lines[0]}`)
  return Object.fromEntries(names.map((name, at) => [name, lines[at] ?? ''])) as Record<Names[number], string>
}
