-- What the vault keeps. Nothing here opens without the master key, which is never in the database.

-- The keys that session_data is sealed for: one pair of each curve an hour, shared by all nodes. Global, because a frame
-- asks for them before anybody knows which merchant will be paid. A row that is gone was destroyed.
create table sealing_keys (
  slot        bigint not null,
  curve       text not null check (curve in ('X25519', 'P-256')),
  public_key  jsonb not null,
  -- PKCS #8 under AES-256-GCM; which hour and curve it is for is authenticated with it.
  private_key bytea not null,
  made_on     timestamptz not null default now(),
  primary key (slot, curve)
);

-- One key for each merchant's cards, wrapped by a key derived from the master key. A new version takes over for new
-- cards; an old one stays as long as a card refers to it.
create table data_keys (
  entity_key int not null references entities,
  version    int not null check (version > 0),
  wrapped    bytea not null,
  created_on timestamptz not null default now(),
  primary key (entity_key, version)
);

-- Cards on file. The number is ciphertext; what may be shown stands beside it. There is no column for a CVV.
create table instruments (
  entity_key   int not null,
  id           uuid not null,
  customer_id  uuid,
  fingerprint  text not null check (fingerprint ~ '^[0-9a-f]{64}$'),
  number       bytea not null,
  key_version  int not null,
  bin          text not null check (bin ~ '^[0-9]{6,8}$'),
  last4        text not null check (last4 ~ '^[0-9]{4}$'),
  scheme       text not null,
  expiry_month smallint not null check (expiry_month between 1 and 12),
  expiry_year  smallint not null check (expiry_year between 2000 and 2099),
  name         text,
  created_on   timestamptz not null,
  primary key (entity_key, id),
  -- A customer who stores the same card again gets the same instrument.
  constraint one_instrument_per_card unique (entity_key, customer_id, fingerprint),
  foreign key (entity_key, key_version) references data_keys (entity_key, version)
);
