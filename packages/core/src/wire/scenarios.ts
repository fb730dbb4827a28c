/** `/sandbox/scenarios`: what goes wrong on purpose, and for whom. */
import { type Static, Type } from 'typebox'
import { Scenario } from '../scenario.ts'

const To = Type.Object(
  {
    key: Type.Optional(
      Type.String({
        maxLength: 100,
        format: 'opaque-text',
        description: 'Payments that are submitted with this secret or public key of yours.',
      }),
    ),
    session_id: Type.Optional(
      Type.String({ maxLength: 100, format: 'opaque-text', description: 'Payments of this session, `ps_…`.' }),
    ),
    card: Type.Optional(
      Type.Object(
        {
          last4: Type.String({ pattern: '^[0-9]{4}$', description: 'Its last four digits.' }),
          bin: Type.Optional(
            Type.String({ pattern: '^[0-9]{6,8}$', description: 'Its first digits, as `bin` of a payment has them.' }),
          ),
        },
        { description: 'Payments with this card.' },
      ),
    ),
    metadata: Type.Optional(
      Type.Literal(true, { description: 'Payments whose `metadata.sluice_scenario` is the name of the document.' }),
    ),
  },
  { description: 'At most one. Default: every payment of the merchant.' },
)

export const ScenarioRequest = Type.Object(
  {
    name: Type.Optional(
      Type.String({ maxLength: 64, format: 'opaque-text', description: 'A scenario of the catalogue.' }),
    ),
    document: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'A scenario of your own. Its schema: `/sandbox/scenarios/schema`.',
      }),
    ),
    seed: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        format: 'opaque-text',
        description: "Decides every choice. Default: that of the document, else the world's.",
      }),
    ),
    to: Type.Optional(To),
  },
  { description: '`name` or `document`.' },
)

export const ScenarioReply = Type.Object(
  {
    id: Type.String({ description: '`scn_…`' }),
    name: Type.String({ description: 'Of the document.' }),
    scope: Type.Enum(['world', 'key', 'session', 'card', 'named'], {
      type: 'string',
      description: 'To what it is attached; `named`: to payments whose metadata names it.',
    }),
    subject: Type.Optional(Type.String({ description: 'Which key, session or card; its name.' })),
    seed: Type.String({ description: 'What its choices follow from.' }),
    attached_on: Type.String({ description: "The merchant's time from which `during` counts. RFC 3339." }),
    payments: Type.Integer({ description: 'How many payments were begun under it.' }),
    document: Scenario,
  },
  { description: 'A scenario that is attached.' },
)
export type ScenarioReply = Static<typeof ScenarioReply>

export const ScenarioListReply = Type.Object(
  { data: Type.Array(ScenarioReply) },
  { description: 'The scenarios of the merchant.' },
)

export const CatalogueReply = Type.Object(
  { data: Type.Array(Scenario) },
  { description: 'The scenarios that ship with Sluice.' },
)

export const ScenarioSchemaReply = Type.Record(Type.String(), Type.Unknown(), {
  description: 'JSON Schema 2020-12 of a scenario.',
})
