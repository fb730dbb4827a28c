-- Card details and security codes for whoever shows a token within a quarter of an hour. The token is not here: `id` is a
-- MAC of it, and `sealed` opens with the token and the merchant's data key together, so that a security code is at rest
-- in no form that the server alone can open.
create table tokens (
  entity_key          int not null references entities,
  id                  bytea not null check (octet_length(id) = 32),
  -- What may be shown: scheme, last four digits …
  facts               jsonb not null,
  sealed              bytea not null,
  key_version         int not null,
  max_uses            smallint not null check (max_uses between 1 and 5),
  -- Whom a token with several uses is for.
  retrieve_identifier text,
  expires_on          timestamptz not null,
  primary key (entity_key, id),
  constraint several_uses_are_somebodys check ((max_uses > 1) = (retrieve_identifier is not null)),
  foreign key (entity_key, key_version) references data_keys (entity_key, version)
);
