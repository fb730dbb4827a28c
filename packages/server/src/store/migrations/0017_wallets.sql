-- Tokens of wallets that have been paid with, so that none is paid with twice. `id` is a hash of the wallet's own name for
-- the token; `nonce` that of the sealed details it came in: the same details may be submitted again.
create table spent_wallet_tokens (
  entity_key int not null references entities,
  id         bytea not null check (octet_length(id) = 32),
  nonce      uuid not null,
  -- Real time: after it the token would be refused for its age.
  forget_on  timestamptz not null,
  primary key (entity_key, id)
);
