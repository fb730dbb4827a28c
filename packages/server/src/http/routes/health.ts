/** For monitors: is the process there, can it take a payment, and its figures. */
import { HealthReply } from '@sluice/core/wire/replies'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import type { Metrics } from '../../metrics.ts'
import { readiness } from '../../operations/readiness.ts'
import { VERSION } from '../../version.ts'
import { UNLIMITED } from '../access.ts'
import type { Routes } from '../types.ts'

export function healthRoutes(ctx: Context, metrics: Metrics): Routes {
  return async (app) => {
    app.get(
      '/health/live',
      {
        config: { access: UNLIMITED },
        schema: {
          operationId: 'getLiveness',
          tags: ['Operations'],
          summary: 'Whether the process answers',
          response: { 200: HealthReply },
        },
      },
      () => ({ status: 'ok' as const, version: VERSION }),
    )

    app.get(
      '/health/ready',
      {
        config: { access: UNLIMITED },
        schema: {
          operationId: 'getReadiness',
          tags: ['Operations'],
          summary: 'Whether a payment could be taken now',
          description:
            'The database takes writes, the sandbox is seeded, and the processor answers. In production a channel has to be on a processor that is not the simulator.',
          response: { 200: HealthReply, 503: HealthReply },
        },
      },
      async (_request, reply) => {
        const { ready, checks } = await readiness(ctx)
        return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable', version: VERSION, checks })
      },
    )

    app.get(
      '/metrics',
      {
        config: { access: UNLIMITED },
        schema: {
          operationId: 'getMetrics',
          tags: ['Operations'],
          summary: 'Figures for Prometheus',
          produces: ['text/plain'],
          response: { 200: Type.String() },
        },
      },
      async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
    )
  }
}
