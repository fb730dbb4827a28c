/** What the tests of single members share. */
import { makeSessionlessData, type HowPaid } from '@sluice/sealing/make'
import { type SessionTokenContent, readSessionToken } from '@sluice/core/session-token'
import { CARDS } from '../support/cards.ts'
import { type Answer, SANDBOX_ENTITY, type Session, SESSION_BODY, type Sluice } from '../support/sluice.ts'

export { type Json, type Session, startSluice } from '../support/sluice.ts'

/** `POST /payment-sessions/complete` with the members given laid over the smallest body. */
export async function completing(
  sluice: Sluice,
  members: Record<string, unknown>,
  how: HowPaid = { card: CARDS.approved },
): Promise<Answer> {
  const session_data = await makeSessionlessData({ framesUrl: sluice.urls.frames, entityId: SANDBOX_ENTITY, ...how })
  return await sluice.post('/payment-sessions/complete', { ...SESSION_BODY, ...members, session_data })
}

/** What the session's token tells the component. */
export function tokenOf(session: Session): SessionTokenContent {
  const content = readSessionToken(session['payment_session_token'])
  if (!content) throw new Error('no token')
  return content
}
