/** The one door to PostgreSQL: named statements in, rows out. */
import type { Pool, PoolClient, QueryResultRow } from 'pg'

/** A statement with the name it is prepared under. Parameters go in `values`; SQL text is never put together. */
export interface Statement {
  name: string
  text: string
  values: readonly unknown[]
}

export interface Queryable {
  query<Row extends QueryResultRow>(statement: Statement): Promise<{ rows: Row[]; rowCount: number | null }>
}

/** A pool or one client of it, as a `Queryable`. */
export function queryable(pool: Pool | PoolClient): Queryable {
  return { query: (statement) => pool.query({ ...statement, values: [...statement.values] }) }
}
