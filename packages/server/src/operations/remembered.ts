/** A small memory in front of a lookup: bounded, short-lived, one lookup at a time for each key. */

export interface Remembered<Argument, Value> {
  /** @param key what the answer is filed under; it may hide the argument */
  get(key: string, argument: Argument): Promise<Value | undefined>
  has(key: string): boolean
  /** The next `get` looks again. */
  forget(key: string): void
}

interface Entry<Value> {
  value: Promise<Value | undefined>
  until: number
}

/**
 * What was found and what was not are remembered apart, so that a flood of made-up keys cannot push out the real ones.
 * A lookup that fails is not remembered.
 */
export function remembered<Argument, Value>(settings: {
  now: () => number
  ttlMs: number
  capacity: number
  load: (argument: Argument) => Promise<Value | undefined>
}): Remembered<Argument, Value> {
  const { now, ttlMs, capacity, load } = settings
  const found = new Map<string, Entry<Value>>()
  const absent = new Map<string, Entry<Value>>()

  function lookUp(key: string): Entry<Value> | undefined {
    const entry = found.get(key) ?? absent.get(key)
    return entry && entry.until > now() ? entry : undefined
  }

  function file(map: Map<string, Entry<Value>>, key: string, entry: Entry<Value>) {
    map.delete(key)
    map.set(key, entry)
    if (map.size <= capacity) return
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }

  function look(key: string, argument: Argument): Promise<Value | undefined> {
    const entry = { value: load(argument), until: now() + ttlMs }
    found.delete(key)
    file(absent, key, entry)
    entry.value.then(
      (value) => {
        if (value === undefined || absent.get(key) !== entry) return
        absent.delete(key)
        file(found, key, entry)
      },
      () => {
        if (absent.get(key) === entry) absent.delete(key)
      },
    )
    return entry.value
  }

  return {
    get: (key, argument) => lookUp(key)?.value ?? look(key, argument),
    has: (key) => lookUp(key) !== undefined,
    forget(key) {
      found.delete(key)
      absent.delete(key)
    },
  }
}
