/** The session as the server has it, asked for as often as it takes. */
import type { Refusal, SessionFacts } from '../common/messages.ts'
import { isFacts, refusalOf } from './attempt.ts'
import { askPatiently, mayPass } from './patience.ts'
import type { ServerCalls, SessionRef } from './server-calls.ts'

export type SessionAnswer = { facts: SessionFacts } | { refusal: Refusal; final: boolean }

/** `final` when asking again would not help: there is no such session under this key and secret. */
export async function askSession(
  calls: Pick<ServerCalls, 'session'>,
  wait: (ms: number) => Promise<void>,
  session: SessionRef,
): Promise<SessionAnswer> {
  const heard = await askPatiently(() => calls.session(session), wait)
  if (heard?.status === 200 && isFacts(heard.body)) return { facts: heard.body }
  const final = !mayPass(heard)
  return {
    refusal: refusalOf(heard, final ? 'over' : 'safe', final ? 'payment_session_invalid' : 'network_error'),
    final,
  }
}
