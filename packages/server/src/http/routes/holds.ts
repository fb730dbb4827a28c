/** `/sandbox/holds`: a test stops one payment, session or event at one seam, and lets it go. Sandbox only. */
import { parseDuration } from '@sluice/core/durations'
import { uuidOf, wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import { SEAMS } from '@sluice/core/seams'
import { SCOPES } from '@sluice/core/scopes'
import { HoldListReply, HoldReply, holdRequest } from '@sluice/core/wire/holds'
import { Type } from 'typebox'
import type { Context, Hold, Holds } from '../../context.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import type { Routes } from '../types.ts'
import { readBody, refuseUnknownIn } from '../validation.ts'
import { empty, idParams } from './schemas.ts'

/** Any secret key: it is the merchant's own payments that are held. */
const ACCESS = requires({ any: SCOPES })
const tags = ['Sandbox']
const HoldParams = idParams('hld_…')
/** A connection on which nothing moves for longer is cut. */
const LONGEST_WAIT_MS = 10_000

export const HoldRequest = holdRequest(SEAMS)

const Wait = Type.Object({
  wait: Type.Optional(
    Type.String({
      maxLength: 20,
      description: 'Answer when it holds something, or after so long: `PT5S`, at most `PT10S`.',
    }),
  ),
})

export function holdRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/sandbox/holds',
      {
        config: { access: ACCESS, problems: ['hold_limit_exceeded'] },
        schema: {
          operationId: 'createHold',
          tags,
          summary: 'Stop one payment, session or event at a seam',
          description:
            'The first that matches stops there until it is released, for at most 60 seconds of real time. Holds live in one process: they stop what that process does.',
          body: HoldRequest,
          response: { 201: HoldReply },
        },
      },
      async (request, reply) => {
        const { at, match } = readBody(request, HoldRequest).value
        // A slip in `match` would stop whoever comes first.
        refuseUnknownIn('match', request)
        const { entityKey } = authenticatedCaller(request)
        const hold = await holdsOf(ctx).create(entityKey, { at, match: { nth: 1, ...match } })
        return reply.code(201).send(holdReply(hold))
      },
    )

    app.get(
      '/sandbox/holds',
      {
        config: { access: ACCESS },
        schema: { operationId: 'getHolds', tags, summary: 'List the holds', response: { 200: HoldListReply } },
      },
      async (request) => ({ data: holdsOf(ctx).list(authenticatedCaller(request).entityKey).map(holdReply) }),
    )

    app.get(
      '/sandbox/holds/:id',
      {
        config: { access: ACCESS, problems: ['wait_invalid'] },
        schema: {
          operationId: 'getHold',
          tags,
          summary: 'Get a hold, or wait until it holds something',
          params: HoldParams,
          querystring: Wait,
          response: { 200: HoldReply },
        },
      },
      async (request) => {
        const hold = await holdsOf(ctx).read(
          authenticatedCaller(request).entityKey,
          idOf(request.params.id),
          waitOf(request.query.wait),
        )
        return holdReply(found(hold))
      },
    )

    app.post(
      '/sandbox/holds/:id/release',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'releaseHold',
          tags,
          summary: 'Let go what a hold holds',
          description: 'A hold that holds nothing yet will not hold anything any more.',
          params: HoldParams,
          response: { 200: HoldReply },
        },
      },
      async (request) =>
        holdReply(found(holdsOf(ctx).release(authenticatedCaller(request).entityKey, idOf(request.params.id)))),
    )

    app.delete(
      '/sandbox/holds/:id',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'deleteHold',
          tags,
          summary: 'Let go and forget a hold',
          params: HoldParams,
          response: { 204: empty('Gone.') },
        },
      },
      async (request, reply) => {
        const { entityKey } = authenticatedCaller(request)
        if (!holdsOf(ctx).remove(entityKey, idOf(request.params.id))) throw new Problem('resource_not_found')
        return reply.code(204).send()
      },
    )
  }
}

/** These routes are there in sandbox only, and so are holds. */
function holdsOf({ holds }: Context): Holds {
  if (!holds) throw new Problem('resource_not_found')
  return holds
}

function idOf(wire: string): string {
  const id = uuidOf('hold', wire)
  if (id === undefined) throw new Problem('resource_not_found')
  return id
}

function found(hold: Hold | undefined): Hold {
  if (!hold) throw new Problem('resource_not_found')
  return hold
}

function waitOf(text: string | undefined): number {
  if (text === undefined) return 0
  const wait = parseDuration(text)
  if (!wait || wait.months !== 0 || wait.milliseconds < 0 || wait.milliseconds > LONGEST_WAIT_MS) {
    throw new Problem('wait_invalid')
  }
  return wait.milliseconds
}

function holdReply({ id, at, match, state, subject, heldOn, released }: Hold): HoldReply {
  return {
    id: wireId('hold', id),
    at,
    match,
    state,
    held: state === 'holding',
    ...(subject !== undefined && { subject }),
    ...(heldOn !== undefined && { held_on: new Date(heldOn).toISOString() }),
    ...(released !== undefined && { released }),
  }
}
