-- A card frame may be held by pages of these origins only; none named: see docs/guide/flow-origins.md.
alter table credentials
  add column origins text[] not null default '{}',
  add constraint only_public_keys_have_origins check (kind = 'public' or origins = '{}');
