/** What the schemas of several routes share. */
import { Type } from 'typebox'

/** A path with one id in it. Its shape is checked by the handler: an id of a foreign shape is an unknown one. */
export function idParams(example: string) {
  return Type.Object({ id: Type.String({ description: `\`${example}\`` }) })
}

/** An answer without a body. */
export function empty(description: string) {
  return Type.Unsafe<void>({ type: 'null', description })
}
