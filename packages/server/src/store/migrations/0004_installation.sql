-- Whose database this is, said once by the first who opens it: the keys of a sandbox must not open production, and a
-- server with another root key could read nothing here and would leave keys that the right one cannot read.
create table installation (
  one_row    boolean primary key default true check (one_row),
  mode       text not null check (mode in ('sandbox', 'production')),
  -- A MAC under the root key: it shows whether a key is the same, and nothing about it.
  key_check  bytea not null,
  created_on timestamptz not null default now()
);

-- What the readiness check writes.
create table write_probe (
  one_row    boolean primary key default true check (one_row),
  written_on timestamptz not null
);

-- Answers when the disk still takes something. A row that is changed in place needs no new space, so that a full disk
-- would not be noticed; a sort that does not fit into memory does.
create function disk_takes_writes() returns boolean
language sql volatile set work_mem = '64kB' as $$
  select sum(length(filler)) > 0
    from (select repeat(md5(i::text), 32) as filler from generate_series(1, 256) as i order by i) as sorted
$$;
