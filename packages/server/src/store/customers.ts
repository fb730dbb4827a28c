/** Customers: found by id or e-mail, made when a payment names an e-mail nobody has paid with before. */
import type { Queryable } from './db.ts'

export interface CustomerRow {
  id: string
  email: string | null
  name: string | null
  phone: unknown
}

export interface CustomerSought {
  /** The UUID under which a new customer is made. */
  newId: string
  id?: string
  email?: string
  name?: string
  phone?: unknown
}

/** The customer with that id, else the one with that e-mail, else a new one; `undefined` for an id nobody has. */
export async function findOrCreateCustomers(
  db: Queryable,
  entityKey: number,
  sought: readonly CustomerSought[],
): Promise<(CustomerRow | undefined)[]> {
  const { rows } = await db.query<CustomerRow & { place: number }>({
    name: 'find_or_create_customers',
    text: `
      with wanted as (
        select *
          from rows from (json_to_recordset($2::json) as ("newId" uuid, id uuid, email text, name text, phone jsonb))
            with ordinality as w ("newId", id, email, name, phone, place)
      ), made as (
        insert into customers (entity_key, id, email, name, phone, created_on)
        select distinct on (lower(w.email)) $1, w."newId", w.email, w.name, w.phone, clock.now
          from wanted w
          join entity_now clock on clock.entity_key = $1
         where w.id is null and w.email is not null
         order by lower(w.email), w.place
            on conflict (entity_key, lower(email)) do update set name = coalesce(customers.name, excluded.name)
        returning id, email, name, phone
      )
      select w.place::int, c.id, c.email, c.name, c.phone
        from wanted w
        join customers c on c.entity_key = $1 and c.id = w.id
       union all
      select w.place::int, m.id, m.email, m.name, m.phone
        from wanted w
        join made m on w.id is null and lower(m.email) = lower(w.email)`,
    values: [entityKey, JSON.stringify(sought)],
  })
  const found = new Map(rows.map(({ place, ...row }) => [place, row]))
  return sought.map((_, at) => found.get(at + 1))
}
