/**
 * Writes packages/server/src/store/schema.sql: what all migrations together make of an empty database, in one file to
 * read. `node scripts/dump-schema.ts`. From the catalog, because the embedded server comes without pg_dump.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@sluice/cli/embedded-postgres'
import { migrate } from '@sluice/server/store/migrate'
import pg from 'pg'

export const SCHEMA_FILE = new URL('../packages/server/src/store/schema.sql', import.meta.url)

const HEAD = `-- Written by scripts/dump-schema.ts from the migrations: read it, and change a migration instead. A test compares
-- it with a fresh database. Partitions are left out: partitions.ts makes them by the month.
`

/** The schema `public` as SQL that makes it again, in an order that depends on names alone. */
export async function dumpSchema(db: Pick<pg.Pool, 'query'>): Promise<string> {
  const column = async (sql: string) => {
    const { rows } = await db.query<{ sql: string }>(sql)
    return rows.map((row) => row.sql)
  }
  const parts = [
    HEAD,
    ...(await column(SEQUENCES)),
    ...(await column(FUNCTIONS)),
    ...(await column(TABLES)),
    ...(await column(VIEWS)),
    ...(await column(INDEXES)),
    ...(await column(REFERENCES)),
    ...(await column(OWNED_SEQUENCES)),
    ...(await column(PRIVILEGES)),
  ]
  return `${parts.map((part) => part.trim()).join('\n\n')}\n`
}

/** Tables and views of ours, without partitions and what belongs to them. */
const OURS = `c.relnamespace = 'public'::regnamespace and not c.relispartition`

const SEQUENCES = `
  select format(E'create sequence %I as %s;', c.relname, format_type(s.seqtypid, null)) as sql
    from pg_class c join pg_sequence s on s.seqrelid = c.oid
   where ${OURS} order by c.relname`

const OWNED_SEQUENCES = `
  select format('alter sequence %I owned by %s.%I;', c.relname, d.refobjid::regclass, a.attname) as sql
    from pg_class c
    join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'a'
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   where ${OURS} and c.relkind = 'S' order by c.relname`

const FUNCTIONS = `
  select replace(pg_get_functiondef(p.oid), 'public.', '') || ';' as sql
    from pg_proc p
   where p.pronamespace = 'public'::regnamespace
     and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
   order by p.proname`

const TABLES = `
  select format(E'create table %I (\\n%s\\n)%s;', c.relname,
                (select string_agg('  ' || line, E',\\n' order by kind, at, line)
                   from (select 1 as kind, a.attnum::int as at,
                                format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
                                || case when a.attnotnull then ' not null' else '' end
                                || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
                           from pg_attribute a
                           left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                          union all
                         select 2, 0, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid, true))
                           from pg_constraint k
                          where k.conrelid = c.oid and k.contype in ('p', 'u', 'c')) lines),
                case when c.relkind = 'p' then ' partition by ' || pg_get_partkeydef(c.oid) else '' end) as sql
    from pg_class c
   where ${OURS} and c.relkind in ('r', 'p') order by c.relname`

const VIEWS = `
  select format(E'create view %I as\\n%s', c.relname, pg_get_viewdef(c.oid, true)) as sql
    from pg_class c where ${OURS} and c.relkind = 'v' order by c.relname`

const INDEXES = `
  select replace(pg_get_indexdef(c.oid, 0, true), ' ON ONLY ', ' ON ') || ';' as sql
    from pg_class c
   where ${OURS} and c.relkind in ('i', 'I')
     and not exists (select from pg_constraint k where k.conindid = c.oid)
   order by c.relname`

const REFERENCES = `
  select format('alter table %I add constraint %I %s;', c.relname, k.conname, pg_get_constraintdef(k.oid, true)) as sql
    from pg_constraint k join pg_class c on c.oid = k.conrelid
   where ${OURS} and k.contype = 'f' order by c.relname, k.conname`

/** What the owner of a table has taken from himself. */
const PRIVILEGES = `
  select format('revoke %s on %I from current_user;', string_agg(lower(all_of_them.what), ', ' order by all_of_them.what),
                c.relname) as sql
    from pg_class c
   cross join unnest(array['INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE']) as all_of_them (what)
   where ${OURS} and c.relkind in ('r', 'p') and c.relacl is not null
     and not exists (select from aclexplode(c.relacl) granted
                      where granted.grantee = c.relowner and granted.privilege_type = all_of_them.what)
   group by c.relname order by c.relname`

async function writeSchema() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-schema-'))
  const tell = (line: string) => void process.stderr.write(`${line}\n`)
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log: tell, settings: { fsync: 'off' } })
  try {
    const maintenance = new pg.Pool({ connectionString: postgres.url('postgres') })
    await maintenance.query('create database schema_of_migrations')
    await maintenance.end()
    const url = postgres.url('schema_of_migrations')
    await migrate(url, Date.UTC(2026, 0, 1))
    const pool = new pg.Pool({ connectionString: url })
    writeFileSync(SCHEMA_FILE, await dumpSchema(pool))
    await pool.end()
  } finally {
    await postgres.stop('immediate')
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) await writeSchema()
