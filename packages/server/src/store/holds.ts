/** Whose a payment, session or event is: for whoever wants to stop one of his own. */
import type { Queryable } from './db.ts'

/** The payment and the session that something is about, UUIDs. */
export interface FoundSubject {
  paymentId: string | null
  sessionId: string | null
}

/** @param id UUID of a payment, session or event */
export async function findSubject(db: Queryable, entityKey: number, id: string): Promise<FoundSubject | undefined> {
  const { rows } = await db.query<FoundSubject>({
    name: 'find_subject',
    text: `
      select p.id as "paymentId", p.session_id as "sessionId"
        from payments p where p.entity_key = $1 and p.id = $2
      union all
      select null, s.id from payment_sessions s where s.entity_key = $1 and s.id = $2
      union all
      select p.id, p.session_id
        from events e join payments p on p.entity_key = $1 and p.id = e.subject_id
       where e.entity_key = $1 and e.id = $2
       limit 1`,
    values: [entityKey, id],
  })
  return rows[0]
}
