/** The shape of a member that is answered as it was sent. */
import type { TSchema } from 'typebox'
import type { JsonSchema } from './codes.ts'

/**
 * A request schema as part of an answer: its shape and descriptions without its limits. What was accepted once is
 * answered as it was, also when a limit has changed since; and the serializer needs to know no format of ours.
 */
export function asSent<Schema extends TSchema>(schema: Schema): Schema {
  const { type, enum: words, properties, items, anyOf, patternProperties, description } = schema as JsonSchema
  return {
    ...(type !== undefined && { type }),
    ...(words !== undefined && { enum: words }),
    ...(properties && { properties: eachAsSent(properties) }),
    ...(items && { items: asSent(items as TSchema) }),
    ...(anyOf && { anyOf: anyOf.map((one) => asSent(one as TSchema)) }),
    ...(patternProperties && { patternProperties: eachAsSent(patternProperties) }),
    ...(description !== undefined && { description }),
  } as unknown as Schema
}

function eachAsSent(schemas: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, asSent(schema as TSchema) as JsonSchema]),
  )
}
