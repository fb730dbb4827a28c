/** `/sandbox/clock`: the merchant's clock, read, stopped and moved. Sandbox only. */
import { type Duration, parseDuration } from '@sluice/core/durations'
import { Problem } from '@sluice/core/problems'
import { SCOPES } from '@sluice/core/scopes'
import { timestampMs } from '@sluice/core/wire/formats'
import { ClockReply } from '@sluice/core/wire/replies'
import { type Static, Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'
import { changeClock, type ClockChange, readClock } from '../../operations/clock.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'

/** Exactly one of the four. */
export const ClockRequest = Type.Object(
  {
    freeze: Type.Optional(Type.Literal(true, { description: 'Stop the clock where it is.' })),
    advance: Type.Optional(
      Type.String({
        format: 'iso-duration',
        maxLength: 64,
        description: 'How far to go: `PT61M`, `P1DT2H`. ISO 8601.',
      }),
    ),
    to: Type.Optional(Type.String({ format: 'timestamp', maxLength: 64, description: 'Where to go. RFC 3339.' })),
    resume: Type.Optional(Type.Literal(true, { description: 'Let the clock run on from where it stands.' })),
  },
  { description: 'One thing to do with the clock.' },
)

/** Any secret key: it is the merchant's own clock. */
const ACCESS = requires({ any: SCOPES })

export function clockRoutes(ctx: Context): Routes {
  return async (app) => {
    const stopping = new AbortController()
    app.addHook('preClose', async () => stopping.abort())

    app.get(
      '/sandbox/clock',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'getClock',
          tags: ['Sandbox'],
          summary: "Get the merchant's time",
          response: { 200: ClockReply },
        },
      },
      async (request) => reply(await readClock(ctx, authenticatedCaller(request).entityKey)),
    )

    app.post(
      '/sandbox/clock',
      {
        config: { access: ACCESS, problems: ['clock_invalid'] },
        schema: {
          operationId: 'changeClock',
          tags: ['Sandbox'],
          summary: "Stop, move or resume the merchant's clock",
          description:
            'Exactly one member. Answers when everything that fell due on the way has run, in the order in which it fell due. An advance that was cut off can be asked for again with `to`.',
          body: ClockRequest,
          response: { 200: ClockReply },
        },
      },
      async (request) => {
        const change = changeOf(readBody(request, ClockRequest).value)
        const { entityKey } = authenticatedCaller(request)
        return await withoutTimeout(request, async () =>
          reply(await changeClock(ctx, entityKey, change, stopping.signal)),
        )
      },
    )
  }
}

function reply({ now, frozen }: { now: Date; frozen: boolean }): ClockReply {
  return { now: now.toISOString(), frozen }
}

function changeOf(body: Static<typeof ClockRequest>): ClockChange {
  const changes: ClockChange[] = []
  if (body.freeze) changes.push({ kind: 'freeze' })
  // The schema has made sure that both can be read.
  if (body.advance !== undefined) changes.push({ kind: 'advance', by: parseDuration(body.advance) as Duration })
  if (body.to !== undefined) changes.push({ kind: 'to', at: timestampMs(body.to) as number })
  if (body.resume) changes.push({ kind: 'resume' })
  const [change] = changes
  if (!change || changes.length > 1) throw new Problem('clock_invalid')
  return change
}

/** A connection on which nothing moves is cut after a while; here nothing moves because there is much to do. */
async function withoutTimeout<Answer>(
  { raw: { socket } }: FastifyRequest,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const timeout = socket.timeout ?? 0
  socket.setTimeout(0)
  try {
    return await work()
  } finally {
    socket.setTimeout(timeout)
  }
}
