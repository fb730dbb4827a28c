/** `/sandbox/scenarios`: what goes wrong on purpose, attached, listed and detached. Sandbox only. */
import { wireId } from '@sluice/core/ids'
import { InvalidRequest } from '@sluice/core/problems'
import { Scenario } from '@sluice/core/scenario'
import { SCENARIO_CATALOGUE, scenarioOf } from '@sluice/core/scenario-catalogue'
import { SCOPES } from '@sluice/core/scopes'
import {
  CatalogueReply,
  ScenarioListReply,
  ScenarioReply,
  ScenarioRequest,
  ScenarioSchemaReply,
} from '@sluice/core/wire/scenarios'
import type { Context } from '../../context.ts'
import { attachScenario, detachScenario, listScenarios, readScenario } from '../../operations/scenarios.ts'
import type { ScenarioRow } from '../../store/scenarios.ts'
import { OPEN, requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import type { Routes } from '../types.ts'
import { readBody, refuseUnknownIn } from '../validation.ts'
import { empty, idParams } from './schemas.ts'

/** Any secret key: it is the merchant's own payments that suffer. */
const ACCESS = requires({ any: SCOPES })
const tags = ['Sandbox']
const ScenarioParams = idParams('scn_…')

export function scenarioRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/sandbox/scenarios',
      {
        attachValidation: true,
        config: { access: ACCESS, problems: ['scenario_invalid', 'scenario_unknown', 'scenario_limit_exceeded'] },
        schema: {
          operationId: 'attachScenario',
          tags,
          summary: 'Have things go wrong, by a scenario',
          description:
            'Payments that begin from now on are under it. What was attached to the same thing before is replaced, and counting begins anew.',
          body: ScenarioRequest,
          response: { 201: ScenarioReply },
        },
      },
      async (request, reply) => {
        const { value, problems } = readBody(request, ScenarioRequest)
        if (problems.length > 0) throw new InvalidRequest(problems)
        // A slip in `to` would have everything go wrong, and not what was meant.
        refuseUnknownIn('to', request)
        const { document: _, ...rest } = value
        // A member that no scenario has is to be told, so the document is taken as it came.
        const { document } = (request.body ?? {}) as { document?: unknown }
        const row = await attachScenario(ctx, authenticatedCaller(request), {
          ...rest,
          ...(document !== undefined && { document }),
        })
        return reply.code(201).send(scenarioReply(row))
      },
    )

    app.get(
      '/sandbox/scenarios',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'getScenarios',
          tags,
          summary: 'List the scenarios',
          response: { 200: ScenarioListReply },
        },
      },
      async (request) => ({ data: (await listScenarios(ctx, authenticatedCaller(request))).map(scenarioReply) }),
    )

    app.get(
      '/sandbox/scenarios/catalogue',
      {
        config: { access: OPEN },
        schema: {
          operationId: 'getScenarioCatalogue',
          tags,
          summary: 'List the scenarios that ship with Sluice',
          response: { 200: CatalogueReply },
        },
      },
      () => ({ data: SCENARIO_CATALOGUE.map(scenarioOf) }),
    )

    app.get(
      '/sandbox/scenarios/schema',
      {
        config: { access: OPEN },
        schema: {
          operationId: 'getScenarioSchema',
          tags,
          summary: 'Get the JSON Schema of scenarios',
          response: { 200: ScenarioSchemaReply },
        },
      },
      () => ({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `${ctx.config.urls.api}/sandbox/scenarios/schema`,
        title: 'Sluice scenario',
        ...Scenario,
      }),
    )

    app.get(
      '/sandbox/scenarios/:id',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'getScenario',
          tags,
          summary: 'Get a scenario',
          params: ScenarioParams,
          response: { 200: ScenarioReply },
        },
      },
      async (request) => scenarioReply(await readScenario(ctx, authenticatedCaller(request), request.params.id)),
    )

    app.delete(
      '/sandbox/scenarios/:id',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'detachScenario',
          tags,
          summary: 'Let things go well again',
          description: 'Payments that began under it stay under it.',
          params: ScenarioParams,
          response: { 204: empty('Gone.') },
        },
      },
      async (request, reply) => {
        await detachScenario(ctx, authenticatedCaller(request), request.params.id)
        return reply.code(204).send()
      },
    )
  }
}

function scenarioReply({ id, scope, shown, document, seed, attachedOn, payments }: ScenarioRow): ScenarioReply {
  return {
    id: wireId('scenario', id),
    name: document.name,
    scope,
    ...(shown !== '' && { subject: shown }),
    seed,
    attached_on: attachedOn.toISOString(),
    payments,
    document,
  }
}
