/**
 * The only reader of the shopper's clock. Nothing that concerns money believes it: what is sealed carries the server's
 * time. Here it decides what is shown (a card that has expired, a session that is over) and how long is waited.
 */

/** Milliseconds since 1970, as the shopper's device has it; it does not jump while the page is open. */
export function deviceNow(): number {
  return performance.timeOrigin + performance.now()
}

/** Milliseconds since some moment: for spans. */
export function elapsedMs(): number {
  return performance.now()
}
