-- Merchants, their clocks, sessions, payments and what happens to them.
-- Every table starts with entity_key: one statement serves one merchant. Money is bigint in minor units.
-- Sessions, events and idempotency records are partitioned by range of their id, whose first 48 bits are the time;
-- partitions are made by partitions.ts. Payments, actions and the ledger stay whole: their uniqueness is what keeps
-- money from moving twice.

create function iso8601(moment timestamptz) returns text language sql stable parallel safe return
  to_char(moment at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

create table entities (
  entity_key   int not null primary key,
  id           uuid not null unique,
  name         text not null unique,
  mode         text not null check (mode in ('sandbox', 'production')),
  seed         bytea not null,
  clock_offset interval not null default '0',
  frozen_on    timestamptz,
  created_on   timestamptz not null default now(),
  constraint production_runs_on_real_time
    check (mode = 'sandbox' or (clock_offset = '0' and frozen_on is null))
);

-- The merchant's time: the database's clock plus the merchant's offset, or the moment at which it was frozen.
create view entity_now as
  select entity_key, coalesce(frozen_on, now() + clock_offset) as now from entities;

create table processing_channels (
  entity_key int not null references entities,
  id         uuid not null,
  name       text not null,
  settings   jsonb not null,
  created_on timestamptz not null default now(),
  primary key (entity_key, id),
  unique (entity_key, name)
);

create table customers (
  entity_key int not null,
  id         uuid not null,
  email      text,
  name       text,
  phone      jsonb,
  created_on timestamptz not null,
  primary key (entity_key, id)
);
create unique index one_customer_per_email on customers (entity_key, lower(email));

create table payment_sessions (
  entity_key   int not null,
  id           uuid not null,
  channel_id   uuid not null,
  state        text not null
    check (state in ('open', 'processing', 'action_required', 'completed', 'declined', 'expired', 'cancelled')),
  amount       bigint not null check (amount between 0 and 999999999999),
  currency     char(3) not null,
  payable      boolean not null default true,
  attempts     smallint not null default 0,
  max_attempts smallint not null,
  payment_id   uuid,
  request      jsonb not null,
  version      int not null default 1,
  created_on   timestamptz not null,
  expires_on   timestamptz not null,
  primary key (entity_key, id),
  check (attempts between 0 and max_attempts)
) partition by range (id);

create table payments (
  entity_key     int not null,
  id             uuid not null,
  session_id     uuid not null,
  channel_id     uuid not null,
  customer_id    uuid,
  phase          text not null
    check (phase in ('created', 'authenticating', 'redirected', 'sending', 'pending', 'in_doubt', 'reversing',
                     'authorized', 'verified', 'declined', 'cancelled', 'expired', 'not_sent')),
  method         text not null,
  currency       char(3) not null,
  requested      bigint not null check (requested between 0 and 999999999999),
  authorized     bigint not null default 0 check (authorized >= 0),
  capturing      bigint not null default 0 check (capturing >= 0),
  captured       bigint not null default 0 check (captured >= 0),
  voiding        bigint not null default 0 check (voiding >= 0),
  voided         bigint not null default 0 check (voided >= 0),
  refunding      bigint not null default 0 check (refunding >= 0),
  refunded       bigint not null default 0 check (refunded >= 0),
  returned       bigint not null default 0 check (returned >= 0),
  nonce          uuid not null,
  fingerprint    bytea not null,
  processor      jsonb not null,
  reference      text,
  response_code  text,
  facts          jsonb not null default '{}',
  source         jsonb not null,
  request        jsonb not null,
  warnings       text[] not null default '{}',
  sid            uuid,
  capture_on     timestamptz,
  auth_until     timestamptz,
  deadline_on    timestamptz,
  lease_until    timestamptz,
  -- How often a lease was taken: whoever held an earlier one may no longer say that nothing happened.
  leases         int not null default 1,
  asked          smallint not null default 0,
  ask_on         timestamptz,
  review         text,
  answer_status  smallint,
  answer         text,
  version        int not null default 1,
  requested_on   timestamptz not null,
  processed_on   timestamptz,
  primary key (entity_key, id),
  -- Not more may be promised than was granted. What a bank reports is in the ledger, whatever these say.
  constraint captured_within_authorized check (capturing + captured + voiding + voided <= authorized),
  constraint refunded_within_captured check (refunding + refunded <= captured),
  constraint authorized_within_requested check (authorized <= requested),
  constraint amounts_only_when_authorized check (authorized = 0 or phase = 'authorized')
);
-- At most one attempt of a session is under way or approved: the database, not the code, refuses a double charge.
create unique index one_live_payment on payments (entity_key, session_id)
  where phase not in ('declined', 'cancelled', 'expired', 'not_sent');
-- What a shopper sealed is used once, for ever; only an attempt that surely was not sent gives it back.
create unique index one_payment_per_nonce on payments (entity_key, nonce) where phase <> 'not_sent';
-- Finds the attempt that an identical request made before.
create index payment_by_fingerprint on payments (entity_key, fingerprint) where phase <> 'not_sent';
create index payment_by_session on payments (entity_key, session_id);
create unique index payment_by_sid on payments (entity_key, sid) where sid is not null;
-- The Benefit scheme takes each merchant reference once.
create unique index one_reference_at_benefit on payments (entity_key, (request ->> 'reference'))
  where method = 'benefit' and phase not in ('declined', 'cancelled', 'expired', 'not_sent');
create index attempt_to_ask_about on payments (entity_key, ask_on) where ask_on is not null;
create index capture_to_schedule on payments (entity_key, capture_on) where capture_on is not null;

create table payment_actions (
  entity_key    int not null,
  id            uuid not null,
  payment_id    uuid not null,
  kind          text not null
    check (kind in ('authorization', 'card_verification', 'capture', 'void', 'refund', 'reversal')),
  state         text not null check (state in ('requested', 'sending', 'in_doubt', 'succeeded', 'failed')),
  amount        bigint not null check (amount between 0 and 999999999999),
  dedupe        text not null,
  reference     text,
  response_code text,
  facts         jsonb not null default '{}',
  due_on        timestamptz not null,
  lease_until   timestamptz,
  asked         smallint not null default 0,
  requested_on  timestamptz not null,
  processed_on  timestamptz,
  primary key (entity_key, id),
  constraint an_action_happens_once unique (entity_key, payment_id, dedupe),
  foreign key (entity_key, payment_id) references payments (entity_key, id)
);
create index action_to_do on payment_actions (entity_key, due_on) where state in ('requested', 'sending', 'in_doubt');

-- One row for each message to a processor: what was asked under which key, whether it left the house, what came back.
create table processor_calls (
  entity_key   int not null,
  id           uuid not null,
  payment_id   uuid not null,
  action_id    uuid,
  kind         text not null
    check (kind in ('authorize', 'complete', 'cancel', 'retrieve', 'capture', 'void', 'refund', 'reverse')),
  key          text not null,
  sent         text not null check (sent in ('no', 'maybe', 'yes')),
  outcome      text,
  exchange     jsonb,
  requested_on timestamptz not null default now(),
  answered_on  timestamptz,
  primary key (entity_key, id),
  foreign key (entity_key, payment_id) references payments (entity_key, id)
);
create index calls_of_payment on processor_calls (entity_key, payment_id);

-- What the bank has confirmed. Rows are added, never changed: the role that runs Sluice may not.
create table ledger_entries (
  entity_key  int not null,
  id          uuid not null,
  payment_id  uuid not null,
  action_id   uuid,
  kind        text not null
    check (kind in ('authorization', 'card_verification', 'capture', 'void', 'refund', 'return', 'chargeback')),
  amount      bigint not null check (amount >= 0),
  currency    char(3) not null,
  reference   text,
  recorded_on timestamptz not null,
  primary key (entity_key, id),
  foreign key (entity_key, payment_id) references payments (entity_key, id)
);
create index ledger_of_payment on ledger_entries (entity_key, payment_id);
revoke update, delete, truncate on ledger_entries from current_user;

-- One row for each change of a payment, written in the statement that made it: version n is the payment's n-th change.
create table events (
  entity_key int not null,
  id         uuid not null,
  subject_id uuid not null,
  version    int not null,
  source     text not null,
  type       text not null,
  data       jsonb not null,
  created_on timestamptz not null,
  primary key (entity_key, id)
) partition by range (id);
create index events_of_subject on events (entity_key, subject_id, version);

-- The answer to a request that came with an idempotency key. The id is the UTC day followed by a MAC of the key, so
-- that a key is unique within its day and yesterday's answer is one lookup away.
create table idempotency_records (
  entity_key  int not null,
  id          uuid not null,
  fingerprint bytea not null,
  state       text not null check (state in ('running', 'done')),
  owner       uuid not null,
  lease_until timestamptz not null,
  status      smallint,
  body        bytea,
  created_on  timestamptz not null default now(),
  primary key (entity_key, id),
  constraint only_success_is_kept check (state = 'running' or status between 200 and 299)
) partition by range (id);
