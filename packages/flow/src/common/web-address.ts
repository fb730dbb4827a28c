/** Only such addresses are ever opened, whoever named them: `javascript:` is an address too. */
export function isWebAddress(url: unknown): url is string {
  try {
    return /^https?:$/.test(new URL(url as string).protocol)
  } catch {
    return false
  }
}
