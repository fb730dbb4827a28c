/** Checks requests against their schemas: nothing is converted, nothing dropped, every problem reported at once. */
import { InvalidRequest } from '@sluice/core/problems'
import { clean, type UnknownMember } from '@sluice/core/wire/clean'
import { codesOf } from '@sluice/core/wire/codes'
import { registerFormats } from '@sluice/core/wire/formats'
import { Ajv } from 'ajv'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'

declare module 'fastify' {
  interface FastifyRequest {
    /** Members of the body that its schema does not know, for the request log: names and types, never values. */
    unknownMembers: readonly UnknownMember[]
  }
}

/** A request that does not match its schema. `part`: which member of the request was checked. */
export class SchemaMismatch extends Error {
  override name = 'SchemaMismatch'
  readonly part: string
  readonly codes: readonly string[]

  constructor(part: string, codes: readonly string[]) {
    super(`${part} does not match its schema`)
    this.part = part
    this.codes = codes
  }
}

export function newAjv(): Ajv {
  const ajv = new Ajv({
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    allErrors: true,
    strict: true,
    strictNumbers: true,
    strictTypes: false,
    strictRequired: false,
  })
  registerFormats(ajv)
  return ajv
}

/** An absent body is an empty one: the schema says which members are missing. */
export function checkRequests(app: FastifyInstance) {
  const ajv = newAjv()
  app.decorateRequest('unknownMembers', null as unknown as readonly UnknownMember[])
  app.addHook('onRequest', (request, _reply, done) => {
    request.unknownMembers = []
    done()
  })
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const validate = ajv.compile(schema as object)
    const part = httpPart ?? 'body'
    return (value: unknown) => {
      const given = part === 'body' ? (value ?? {}) : value
      if (validate(given)) return { value: given }
      return { error: new SchemaMismatch(part, codesOf(schema, validate.errors ?? [])) }
    }
  })
}

/**
 * What is kept of a request's body, rebuilt from its schema, and what is wrong with it. For routes with
 * `attachValidation: true`, where other checks come before the body's or join it: all problems of a body are answered
 * at once.
 */
export function readBody<Schema extends TSchema>(
  request: FastifyRequest,
  schema: Schema,
): { value: Static<Schema>; problems: readonly string[] } {
  const { value, unknown } = clean<Static<Schema>>(schema, request.body ?? {})
  request.unknownMembers = unknown
  const mismatch = request.validationError as unknown
  return { value, problems: mismatch instanceof SchemaMismatch ? mismatch.codes : [] }
}

/**
 * For a member in which a slip would mean something else: after `readBody`.
 * @throws InvalidRequest where something is sent in it that its schema does not know
 */
export function refuseUnknownIn(member: string, { unknownMembers }: FastifyRequest): void {
  if (unknownMembers.some(({ path }) => path.startsWith(`${member}.`))) throw new InvalidRequest([`${member}_invalid`])
}
