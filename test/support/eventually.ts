/** Longer than anything takes on a machine with twenty other things to do: only what never happens is given up. */
const GIVE_UP_MS = 30_000
const LOOK_MS = 50

/**
 * Waits until `look` answers something: for what happens a moment later by itself.
 * @throws with the text of `look`, when it does not
 */
export async function eventually<T>(look: () => Promise<T | undefined | false>, withinMs = GIVE_UP_MS): Promise<T> {
  const until = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > until) throw new Error(`it did not happen within ${withinMs} ms: ${look}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
