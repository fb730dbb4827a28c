/** `GET /sandbox/fidelity`: what the simulated world does, and how far that is known to be so. Sandbox only. */
import { FidelityReply } from '@sluice/core/wire/fidelity'
import type { Context } from '../../context.ts'
import { readFidelity } from '../../operations/fidelity.ts'
import { OPEN } from '../access.ts'
import type { Routes } from '../types.ts'

export function fidelityRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get(
      '/sandbox/fidelity',
      {
        config: { access: OPEN, problems: ['processor_unreachable'] },
        schema: {
          operationId: 'getFidelity',
          tags: ['Sandbox'],
          summary: 'List what the simulator does, and what of it is known to be so',
          response: { 200: FidelityReply },
        },
      },
      async () => ({ data: [...(await readFidelity(ctx))] }),
    )
  }
}
