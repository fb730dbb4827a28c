/** `/sandbox/holds`: one named seam is stopped for one payment, session or event. */
import { type Static, Type } from 'typebox'

const wireIdOf = (prefix: string, description: string) =>
  Type.Optional(Type.String({ pattern: `^${prefix}_[a-z2-7]{26}$`, description }))

const Match = Type.Object(
  {
    payment_id: wireIdOf('pay', 'This payment, and events about it. It has to be there already.'),
    session_id: wireIdOf('ps', 'This session, its payments, and events about them. It has to be there already.'),
    event_id: wireIdOf('evt', 'This event.'),
    nth: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: 'The so-manieth that matches. Default: 1, the first.' }),
    ),
  },
  { description: 'Who is stopped; without it, the first of the merchant that comes there.' },
)

/** @param seams the names there are */
export function holdRequest<const Seam extends string>(seams: readonly Seam[]) {
  return Type.Object(
    {
      at: Type.Enum<Seam[]>([...seams], { type: 'string', description: 'Where to stop.' }),
      match: Type.Optional(Match),
    },
    { description: 'A hold.' },
  )
}

export const HoldReply = Type.Object(
  {
    id: Type.String({ description: '`hld_…`' }),
    at: Type.String({ description: 'Where it stops.' }),
    match: Match,
    state: Type.Enum(['waiting', 'holding', 'released'], {
      type: 'string',
      description: 'Whether it still waits for its subject, holds it, or let it go. A hold holds once.',
    }),
    held: Type.Boolean({ description: 'Whether something is held at this moment.' }),
    subject: Type.Optional(Type.String({ description: 'Id of what it holds, or held.' })),
    held_on: Type.Optional(Type.String({ description: 'Since when. RFC 3339, real time.' })),
    released: Type.Optional(
      Type.Enum(['asked', 'time', 'stopped'], {
        type: 'string',
        description: 'Why it let go: it was asked to, 60 seconds of real time had passed, or the server stopped.',
      }),
    ),
  },
  { description: 'A hold.' },
)
export type HoldReply = Static<typeof HoldReply>

export const HoldListReply = Type.Object({ data: Type.Array(HoldReply) }, { description: 'The holds of the merchant.' })
