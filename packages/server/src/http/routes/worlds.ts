/** `POST /sandbox/worlds`: a merchant of its own for each test, with keys, seed and clock. Sandbox only. */
import { METHOD_NAMES } from '@sluice/core/payment-methods'
import { SCOPES } from '@sluice/core/scopes'
import { WorldReply } from '@sluice/core/wire/replies'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { createWorld, type World } from '../../operations/create-entity.ts'
import { requires } from '../access.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'

const ChannelSettings = Type.Object(
  {
    class: Type.Optional(
      Type.Enum(['A', 'B', 'C', 'D'], {
        type: 'string',
        description:
          'How the simulated processor can be asked about a lost answer. A: it keeps our keys; B: it can be asked; C: it can only reverse; D: neither.',
      }),
    ),
    on_abandoned: Type.Optional(
      Type.Enum(['refuse', 'allow'], {
        type: 'string',
        description:
          'What a new attempt does while an earlier one that cannot be cancelled still waits for the shopper.',
      }),
    ),
    multi_capture: Type.Optional(
      Type.Boolean({ description: 'Whether a payment can be captured more than once. Default: true.' }),
    ),
    partial_void: Type.Optional(
      Type.Boolean({ description: 'Whether a part of what is held can be released. Default: true.' }),
    ),
    increment: Type.Optional(Type.Boolean({ description: 'Whether more can be held later. Default: true.' })),
    authentication: Type.Optional(
      Type.Enum(['external', 'integrated', 'none'], {
        type: 'string',
        description:
          'Who authenticates the shopper. external: Sluice asks a directory server in EMV 3-D Secure; integrated: the processor does it by itself; none: nobody.',
      }),
    ),
    wallets: Type.Optional(
      Type.Enum(['passthrough', 'decrypted', 'none'], {
        type: 'string',
        description:
          'How tokens of Apple Pay and Google Pay are taken. passthrough: the processor decrypts them; decrypted: Sluice does; none: the wallets are not offered. Default: `decrypted`.',
      }),
    ),
    creditor_id: Type.Optional(
      Type.String({
        format: 'creditor-id',
        description:
          'Identifier of the creditor that SEPA mandates name. Default: `DE98ZZZ09999999999`, one for tests.',
      }),
    ),
    merchant_category_code: Type.Optional(
      Type.String({
        pattern: '^[0-9]{4}$',
        description: 'What the merchant sells (ISO 18245), for the issuers of cards. Default: `5999`.',
      }),
    ),
    merchant_country: Type.Optional(
      Type.String({
        format: 'country-code',
        description: 'Where the merchant is (ISO 3166-1 alpha-2), for the issuers of cards. Default: `GB`.',
      }),
    ),
    methods: Type.Optional(
      Type.Array(Type.Enum([...METHOD_NAMES], { type: 'string' }), {
        minItems: 1,
        description: 'Payment methods the channel is set up for. Default: all.',
      }),
    ),
  },
  { description: 'What the channel is set up for.' },
)

/** Everything may be left out: `{}` makes a world. */
export const WorldRequest = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, format: 'text', description: 'Name of the merchant.' }),
    ),
    seed: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        format: 'opaque-text',
        description: 'Decides every choice the sandbox makes in this world. Default: random.',
      }),
    ),
    channel: Type.Optional(
      Type.Object(
        {
          name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, format: 'text', description: 'Its name.' })),
          settings: Type.Optional(ChannelSettings),
        },
        { description: 'The first processing channel.' },
      ),
    ),
  },
  { description: 'A world to be made.' },
)

export function worldRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/sandbox/worlds',
      {
        // With published keys a key is no secret; with keys of one's own strangers may be able to reach us.
        config: { access: requires({ any: SCOPES }, { optional: ctx.config.keys === 'published' }) },
        schema: {
          operationId: 'createWorld',
          tags: ['Sandbox'],
          summary: 'Make a world',
          description:
            'A merchant with a channel, keys, a seed and a clock of its own. With published keys no credential is needed; else any secret key.',
          body: WorldRequest,
          response: { 201: WorldReply },
        },
      },
      async (request, reply) => {
        const { name, seed, channel } = readBody(request, WorldRequest).value
        const world = await createWorld(ctx, {
          ...(name !== undefined && { name }),
          ...(seed !== undefined && { seed }),
          ...(channel?.name !== undefined && { channel: channel.name }),
          ...(channel?.settings && { settings: channel.settings }),
        })
        return reply.code(201).send(worldReply(world))
      },
    )
  }
}

function worldReply({ entity, name, processing_channel_id, keys, seed }: World): WorldReply {
  return {
    entity_id: entity,
    name,
    processing_channel_id,
    secret_key: keys.secret,
    public_key: keys.public,
    client_id: keys.client_id,
    client_secret: keys.client_secret,
    seed,
  }
}
