-- Who may call. Small and global, because a caller is known by what he shows before the merchant is known.
-- Nothing here can be used by who reads it: keys and secrets are kept as MACs, signing keys wrapped by the root key.

create sequence entity_keys as int owned by entities.entity_key;

create table credentials (
  mac        bytea primary key,
  kind       text not null check (kind in ('secret', 'public')),
  entity_key int not null references entities,
  label      text not null,
  scopes     text[] not null,
  -- null: every processing channel of the merchant
  channels   uuid[],
  created_on timestamptz not null default now(),
  revoked_on timestamptz
);
create index credentials_of_entity on credentials (entity_key);

create table oauth_clients (
  id          uuid primary key,
  secret_mac  bytea not null,
  entity_key  int not null references entities,
  scopes      text[] not null,
  channels    uuid[],
  created_on  timestamptz not null default now(),
  disabled_on timestamptz
);
create index oauth_clients_of_entity on oauth_clients (entity_key);

-- The newest one signs; the older ones are kept until the last token they signed has ended.
create table signing_keys (
  kid         text primary key,
  public_jwk  jsonb not null,
  private_jwk bytea not null,
  created_on  timestamptz not null default now()
);
