-- 3-D Secure outside the processor: who was asked about the shopper, what came of it, and the card that waits meanwhile.

-- At most one for each attempt. `result` is what the authenticator said, and only that decides; it is written once.
create table authentications (
  entity_key   int not null,
  payment_id   uuid not null,
  -- threeDSServerTransID: used once, for ever.
  trans_id     uuid not null,
  -- What was authenticated: more than that is never authorized on the strength of it.
  amount       bigint not null check (amount between 0 and 999999999999),
  currency     char(3) not null,
  -- Why it came to it: `asked` by the merchant, or `soft_decline` of an authorization.
  reason       text not null check (reason in ('asked', 'soft_decline')),
  -- What was said when it was asked: version, transaction ids, and where the challenge is.
  answer       jsonb,
  result       jsonb,
  -- Real time at which the shopper's browser came back from the challenge: the result is waited for from then on.
  returned_on  timestamptz,
  requested_on timestamptz not null,
  primary key (entity_key, payment_id),
  constraint a_transaction_id_is_used_once unique (entity_key, trans_id),
  foreign key (entity_key, payment_id) references payments (entity_key, id)
);

-- The card of an attempt in its challenge, under a key of two halves: one is in the shopper's browser, the other in
-- hold_shares. The row goes in the statement that settles the attempt.
create table attempt_holds (
  entity_key int not null,
  payment_id uuid not null,
  slot       bigint not null,
  sealed     bytea not null,
  made_on    timestamptz not null default now(),
  primary key (entity_key, payment_id),
  foreign key (entity_key, payment_id) references payments (entity_key, id)
);

-- The server's half: one for each quarter of an hour of real time, wrapped by a key derived from the master key. A row
-- that is gone was destroyed. Global, because it is of no use without the browser's half of one attempt.
create table hold_shares (
  slot    bigint not null primary key,
  wrapped bytea not null,
  made_on timestamptz not null default now()
);

alter table processor_calls drop constraint processor_calls_kind_check;
alter table processor_calls add constraint processor_calls_kind_check
  check (kind in ('authorize', 'authenticate', 'complete', 'confirm', 'cancel', 'retrieve', 'capture', 'void', 'refund',
                  'reverse', 'increment'));
