/** Bytes that must not be shown by accident: JSON, `console.log`, a template and an error all print `[redacted]`. */

const REDACTED = '[redacted]'

export class Secret {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The bytes themselves, not a copy: for use on the spot. */
  reveal(): Buffer {
    return this.#bytes
  }

  /** Overwrites the bytes. Best effort: a copy the runtime made elsewhere stays until its memory is used again. */
  destroy(): void {
    this.#bytes.fill(0)
  }

  toJSON(): string {
    return REDACTED
  }

  toString(): string {
    return REDACTED
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}

export function secretText(text: string): Secret {
  return new Secret(Buffer.from(text, 'utf8'))
}
