/** What the schemas of several routes share. */
import { ErrorReply } from '@sluice/core/wire/replies'
import { Type } from 'typebox'

/** A path with one id in it. Its shape is checked by the handler: an id of a foreign shape is an unknown one. */
export function idParams(example: string) {
  return Type.Object({ id: Type.String({ description: `\`${example}\`` }) })
}

const NoBody = Type.Null({ description: 'No body.' })

/** The errors any route with credentials may answer. */
export const ERRORS = {
  401: NoBody,
  403: ErrorReply,
  404: ErrorReply,
  413: ErrorReply,
  415: ErrorReply,
  422: ErrorReply,
  429: ErrorReply,
  502: NoBody,
  503: ErrorReply,
} as const
