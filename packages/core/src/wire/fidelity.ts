/** `GET /sandbox/fidelity`: how far the simulated world can be trusted to be like the platform's own sandbox. */
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

export const Behaviour = Type.Object(
  {
    area: Type.String({ description: 'What it belongs to: cards, risk lists, windows …' }),
    behaviour: Type.String({ description: 'What the simulator does.' }),
    fidelity: Type.Enum(['confirmed', 'inferred'], {
      type: 'string',
      description: '`confirmed`: the platform has published that it behaves so. `inferred`: our choice.',
    }),
    note: Type.String({ description: 'Where it comes from.' }),
  },
  { description: 'One thing that the simulator does.' },
)
export type Behaviour = Static<typeof Behaviour>

export const FidelityReply = Type.Object(
  { data: Type.Array(Behaviour) },
  { description: 'Everything the simulator does, and whether it is known to be so on the platform.' },
)
export type FidelityReply = Static<typeof FidelityReply>

export function isFidelityReply(body: unknown): body is FidelityReply {
  return Value.Check(FidelityReply, body)
}
