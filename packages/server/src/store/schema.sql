-- Written by scripts/dump-schema.ts from the migrations: read it, and change a migration instead. A test compares
-- it with a fresh database. Partitions are left out: partitions.ts makes them by the month.

create sequence entity_keys as integer;

CREATE OR REPLACE FUNCTION disk_takes_writes()
 RETURNS boolean
 LANGUAGE sql
 SET work_mem TO '64kB'
AS $function$
  select sum(length(filler)) > 0
    from (select repeat(md5(i::text), 32) as filler from generate_series(1, 256) as i order by i) as sorted
$function$
;

CREATE OR REPLACE FUNCTION iso8601(moment timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN to_char((moment AT TIME ZONE 'utc'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text)
;

CREATE OR REPLACE FUNCTION payment_holds(condition jsonb, facts jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
declare
  part  jsonb;
  known jsonb;
  asked jsonb;
begin
  case condition ->> 'is'
    when 'all' then
      for part in select jsonb_array_elements(condition -> 'parts') loop
        if not payment_holds(part, facts) then return false; end if;
      end loop;
      return true;
    when 'any' then
      for part in select jsonb_array_elements(condition -> 'parts') loop
        if payment_holds(part, facts) then return true; end if;
      end loop;
      return false;
    when 'not' then
      return not payment_holds(condition -> 'part', facts);
    when 'comparison' then
      known := facts -> (condition ->> 'field');
      asked := condition -> 'value';
      if known is null or known = 'null' then return condition ->> 'comparator' = '!='; end if;
      return case condition ->> 'comparator'
        when '=' then known = asked
        when '!=' then known <> asked
        when '<' then known < asked
        when '<=' then known <= asked
        when '>' then known > asked
        when '>=' then known >= asked
      end;
  end case;
end
$function$
;

CREATE OR REPLACE FUNCTION payment_status(phase text, authorized bigint, captured bigint, voided bigint, refunding bigint, refunded bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    when phase in ('declined', 'not_sent') then 'Declined'
    when phase = 'cancelled' then 'Canceled'
    when phase = 'expired' then 'Expired'
    when phase = 'verified' then 'Card Verified'
    when phase <> 'authorized' then 'Pending'
    when refunded > 0 and refunded = captured and refunding = 0 then 'Refunded'
    when refunded > 0 then 'Partially Refunded'
    when captured > 0 and captured = authorized then 'Captured'
    when captured > 0 then 'Partially Captured'
    when voided = authorized then 'Voided'
    else 'Authorized'
  end
$function$
;

CREATE OR REPLACE FUNCTION whole_ms(moment timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN date_trunc('milliseconds'::text, (moment + '00:00:00.000999'::interval))
;

create table attempt_holds (
  entity_key integer not null,
  payment_id uuid not null,
  slot bigint not null,
  sealed bytea not null,
  made_on timestamp with time zone not null default now(),
  constraint attempt_holds_pkey PRIMARY KEY (entity_key, payment_id)
);

create table authentications (
  entity_key integer not null,
  payment_id uuid not null,
  trans_id uuid not null,
  amount bigint not null,
  currency character(3) not null,
  reason text not null,
  answer jsonb,
  result jsonb,
  returned_on timestamp with time zone,
  requested_on timestamp with time zone not null,
  ended text,
  constraint a_transaction_id_is_used_once UNIQUE (entity_key, trans_id),
  constraint authentications_amount_check CHECK (amount >= 0 AND amount <= '999999999999'::bigint),
  constraint authentications_ended_check CHECK (ended = ANY (ARRAY['Y'::text, 'A'::text, 'N'::text, 'R'::text, 'U'::text, 'I'::text, 'C'::text, 'D'::text, 'S'::text, 'not_enrolled'::text, 'failed'::text, 'timed_out'::text, 'abandoned'::text])),
  constraint authentications_pkey PRIMARY KEY (entity_key, payment_id),
  constraint authentications_reason_check CHECK (reason = ANY (ARRAY['asked'::text, 'soft_decline'::text]))
);

create table credentials (
  mac bytea not null,
  kind text not null,
  entity_key integer not null,
  label text not null,
  scopes text[] not null,
  channels uuid[],
  created_on timestamp with time zone not null default now(),
  revoked_on timestamp with time zone,
  origins text[] not null default '{}'::text[],
  constraint credentials_kind_check CHECK (kind = ANY (ARRAY['secret'::text, 'public'::text])),
  constraint credentials_pkey PRIMARY KEY (mac),
  constraint only_public_keys_have_origins CHECK (kind = 'public'::text OR origins = '{}'::text[])
);

create table customers (
  entity_key integer not null,
  id uuid not null,
  email text,
  name text,
  phone jsonb,
  created_on timestamp with time zone not null,
  constraint customers_pkey PRIMARY KEY (entity_key, id)
);

create table data_keys (
  entity_key integer not null,
  version integer not null,
  wrapped bytea not null,
  created_on timestamp with time zone not null default now(),
  constraint data_keys_pkey PRIMARY KEY (entity_key, version),
  constraint data_keys_version_check CHECK (version > 0)
);

create table deliveries (
  entity_key integer not null,
  event_id uuid not null,
  action_id uuid not null,
  workflow_id uuid not null,
  state text not null,
  round integer not null default 1,
  tries smallint not null default 0,
  next_on timestamp with time zone not null,
  sequence bigint,
  constraint deliveries_pkey PRIMARY KEY (entity_key, event_id, action_id),
  constraint deliveries_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'dead'::text, 'canceled'::text]))
) partition by RANGE (event_id);

create table delivery_attempts (
  entity_key integer not null,
  event_id uuid not null,
  action_id uuid not null,
  id uuid not null,
  retry boolean not null,
  succeeded boolean not null,
  final boolean not null,
  details jsonb not null,
  attempted_on timestamp with time zone not null,
  constraint delivery_attempts_pkey PRIMARY KEY (entity_key, event_id, action_id, id)
) partition by RANGE (event_id);

create table entities (
  entity_key integer not null,
  id uuid not null,
  name text not null,
  mode text not null,
  seed bytea not null,
  clock_offset interval not null default '00:00:00'::interval,
  frozen_on timestamp with time zone,
  created_on timestamp with time zone not null default now(),
  constraint entities_id_key UNIQUE (id),
  constraint entities_mode_check CHECK (mode = ANY (ARRAY['sandbox'::text, 'production'::text])),
  constraint entities_name_key UNIQUE (name),
  constraint entities_pkey PRIMARY KEY (entity_key),
  constraint production_runs_on_real_time CHECK (mode = 'sandbox'::text OR clock_offset = '00:00:00'::interval AND frozen_on IS NULL)
);

create table event_counters (
  entity_key integer not null,
  last bigint not null default 0,
  constraint event_counters_last_check CHECK (last >= 0),
  constraint event_counters_pkey PRIMARY KEY (entity_key)
);

create table events (
  entity_key integer not null,
  id uuid not null,
  subject_id uuid not null,
  version integer not null,
  source text not null,
  type text not null,
  data jsonb not null,
  created_on timestamp with time zone not null,
  sequence bigint,
  sample boolean not null default false,
  constraint events_pkey PRIMARY KEY (entity_key, id)
) partition by RANGE (id);

create table hold_shares (
  slot bigint not null,
  wrapped bytea not null,
  made_on timestamp with time zone not null default now(),
  constraint hold_shares_pkey PRIMARY KEY (slot)
);

create table idempotency_records (
  entity_key integer not null,
  id uuid not null,
  fingerprint bytea not null,
  state text not null,
  owner uuid not null,
  lease_until timestamp with time zone not null,
  status smallint,
  body bytea,
  created_on timestamp with time zone not null default now(),
  constraint idempotency_records_pkey PRIMARY KEY (entity_key, id),
  constraint idempotency_records_state_check CHECK (state = ANY (ARRAY['running'::text, 'done'::text])),
  constraint only_success_is_kept CHECK (state = 'running'::text OR status >= 200 AND status <= 299)
) partition by RANGE (id);

create table installation (
  one_row boolean not null default true,
  mode text not null,
  key_check bytea not null,
  created_on timestamp with time zone not null default now(),
  constraint installation_mode_check CHECK (mode = ANY (ARRAY['sandbox'::text, 'production'::text])),
  constraint installation_one_row_check CHECK (one_row),
  constraint installation_pkey PRIMARY KEY (one_row)
);

create table instruments (
  entity_key integer not null,
  id uuid not null,
  customer_id uuid,
  fingerprint text not null,
  number bytea not null,
  key_version integer not null,
  bin text not null,
  last4 text not null,
  scheme text not null,
  expiry_month smallint not null,
  expiry_year smallint not null,
  name text,
  created_on timestamp with time zone not null,
  constraint instruments_bin_check CHECK (bin ~ '^[0-9]{6,8}$'::text),
  constraint instruments_expiry_month_check CHECK (expiry_month >= 1 AND expiry_month <= 12),
  constraint instruments_expiry_year_check CHECK (expiry_year >= 2000 AND expiry_year <= 2099),
  constraint instruments_fingerprint_check CHECK (fingerprint ~ '^[0-9a-f]{64}$'::text),
  constraint instruments_last4_check CHECK (last4 ~ '^[0-9]{4}$'::text),
  constraint instruments_pkey PRIMARY KEY (entity_key, id),
  constraint one_instrument_per_card UNIQUE (entity_key, customer_id, fingerprint)
);

create table ledger_entries (
  entity_key integer not null,
  id uuid not null,
  payment_id uuid not null,
  action_id uuid,
  kind text not null,
  amount bigint not null,
  currency character(3) not null,
  reference text,
  recorded_on timestamp with time zone not null,
  constraint ledger_entries_amount_check CHECK (amount >= 0),
  constraint ledger_entries_kind_check CHECK (kind = ANY (ARRAY['authorization'::text, 'card_verification'::text, 'capture'::text, 'void'::text, 'refund'::text, 'refund_failed'::text, 'return'::text, 'chargeback'::text, 'chargeback_won'::text])),
  constraint ledger_entries_pkey PRIMARY KEY (entity_key, id)
);

create table migrations (
  name text not null,
  applied_on timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (name)
);

create table oauth_clients (
  id uuid not null,
  secret_mac bytea not null,
  entity_key integer not null,
  scopes text[] not null,
  channels uuid[],
  created_on timestamp with time zone not null default now(),
  disabled_on timestamp with time zone,
  constraint oauth_clients_pkey PRIMARY KEY (id)
);

create table payment_actions (
  entity_key integer not null,
  id uuid not null,
  payment_id uuid not null,
  kind text not null,
  state text not null,
  amount bigint not null,
  dedupe text not null,
  reference text,
  response_code text,
  facts jsonb not null default '{}'::jsonb,
  due_on timestamp with time zone not null,
  lease_until timestamp with time zone,
  asked smallint not null default 0,
  requested_on timestamp with time zone not null,
  processed_on timestamp with time zone,
  of_action uuid,
  releases_rest boolean not null default false,
  allocations jsonb,
  details jsonb not null default '{}'::jsonb,
  pending_on timestamp with time zone,
  refunding bigint not null default 0,
  refunded bigint not null default 0,
  constraint an_action_happens_once UNIQUE (entity_key, payment_id, dedupe),
  constraint payment_actions_amount_check CHECK (amount >= 0 AND amount <= '999999999999'::bigint),
  constraint payment_actions_kind_check CHECK (kind = ANY (ARRAY['authorization'::text, 'card_verification'::text, 'capture'::text, 'void'::text, 'refund'::text, 'reversal'::text, 'increment'::text, 'return'::text])),
  constraint payment_actions_pkey PRIMARY KEY (entity_key, id),
  constraint payment_actions_refunded_check CHECK (refunded >= 0),
  constraint payment_actions_refunding_check CHECK (refunding >= 0),
  constraint payment_actions_state_check CHECK (state = ANY (ARRAY['requested'::text, 'sending'::text, 'in_doubt'::text, 'pending'::text, 'succeeded'::text, 'failed'::text])),
  constraint refunded_within_its_capture CHECK ((refunding + refunded) <= amount)
);

create table payment_sessions (
  entity_key integer not null,
  id uuid not null,
  channel_id uuid not null,
  state text not null,
  amount bigint not null,
  currency character(3) not null,
  payable boolean not null default true,
  attempts smallint not null default 0,
  max_attempts smallint not null,
  payment_id uuid,
  request jsonb not null,
  version integer not null default 1,
  created_on timestamp with time zone not null,
  expires_on timestamp with time zone not null,
  constraint payment_sessions_amount_check CHECK (amount >= 0 AND amount <= '999999999999'::bigint),
  constraint payment_sessions_check CHECK (attempts >= 0 AND attempts <= max_attempts),
  constraint payment_sessions_pkey PRIMARY KEY (entity_key, id),
  constraint payment_sessions_state_check CHECK (state = ANY (ARRAY['open'::text, 'processing'::text, 'action_required'::text, 'completed'::text, 'declined'::text, 'expired'::text, 'cancelled'::text]))
) partition by RANGE (id);

create table payments (
  entity_key integer not null,
  id uuid not null,
  session_id uuid not null,
  channel_id uuid not null,
  customer_id uuid,
  phase text not null,
  method text not null,
  currency character(3) not null,
  requested bigint not null,
  authorized bigint not null default 0,
  capturing bigint not null default 0,
  captured bigint not null default 0,
  voiding bigint not null default 0,
  voided bigint not null default 0,
  refunding bigint not null default 0,
  refunded bigint not null default 0,
  returned bigint not null default 0,
  nonce uuid not null,
  fingerprint bytea not null,
  processor jsonb not null,
  reference text,
  response_code text,
  facts jsonb not null default '{}'::jsonb,
  source jsonb not null,
  request jsonb not null,
  warnings text[] not null default '{}'::text[],
  sid uuid,
  capture_on timestamp with time zone,
  auth_until timestamp with time zone,
  deadline_on timestamp with time zone,
  lease_until timestamp with time zone,
  leases integer not null default 1,
  asked smallint not null default 0,
  ask_on timestamp with time zone,
  review text,
  answer_status smallint,
  answer text,
  version integer not null default 1,
  requested_on timestamp with time zone not null,
  processed_on timestamp with time zone,
  incremented bigint not null default 0,
  charged_back bigint not null default 0,
  reservations integer not null default 0,
  constraint amounts_only_when_authorized CHECK (authorized = 0 OR phase = 'authorized'::text),
  constraint authorized_within_requested CHECK (authorized <= (requested + incremented)),
  constraint captured_within_authorized CHECK ((capturing + captured + voiding + voided) <= authorized),
  constraint payments_authorized_check CHECK (authorized >= 0),
  constraint payments_captured_check CHECK (captured >= 0),
  constraint payments_capturing_check CHECK (capturing >= 0),
  constraint payments_incremented_check CHECK (incremented >= 0),
  constraint payments_phase_check CHECK (phase = ANY (ARRAY['created'::text, 'authenticating'::text, 'redirected'::text, 'sending'::text, 'pending'::text, 'in_doubt'::text, 'reversing'::text, 'authorized'::text, 'verified'::text, 'declined'::text, 'cancelled'::text, 'expired'::text, 'not_sent'::text])),
  constraint payments_pkey PRIMARY KEY (entity_key, id),
  constraint payments_refunded_check CHECK (refunded >= 0),
  constraint payments_refunding_check CHECK (refunding >= 0),
  constraint payments_requested_check CHECK (requested >= 0 AND requested <= '999999999999'::bigint),
  constraint payments_returned_check CHECK (returned >= 0),
  constraint payments_voided_check CHECK (voided >= 0),
  constraint payments_voiding_check CHECK (voiding >= 0),
  constraint refunded_within_captured CHECK ((refunding + refunded) <= captured)
);

create table processing_channels (
  entity_key integer not null,
  id uuid not null,
  name text not null,
  settings jsonb not null,
  created_on timestamp with time zone not null default now(),
  constraint processing_channels_entity_key_name_key UNIQUE (entity_key, name),
  constraint processing_channels_pkey PRIMARY KEY (entity_key, id)
);

create table processor_calls (
  entity_key integer not null,
  id uuid not null,
  payment_id uuid not null,
  action_id uuid,
  kind text not null,
  key text not null,
  sent text not null,
  outcome text,
  exchange jsonb,
  requested_on timestamp with time zone not null default now(),
  answered_on timestamp with time zone,
  constraint processor_calls_kind_check CHECK (kind = ANY (ARRAY['authorize'::text, 'authenticate'::text, 'complete'::text, 'confirm'::text, 'cancel'::text, 'retrieve'::text, 'capture'::text, 'void'::text, 'refund'::text, 'reverse'::text, 'increment'::text])),
  constraint processor_calls_pkey PRIMARY KEY (entity_key, id),
  constraint processor_calls_sent_check CHECK (sent = ANY (ARRAY['no'::text, 'maybe'::text, 'yes'::text]))
);

create table processor_notifications (
  entity_key integer not null,
  id uuid not null,
  channel_id uuid not null,
  notification_id text not null,
  kind text not null,
  about text not null,
  body jsonb not null,
  due_on timestamp with time zone,
  lease_until timestamp with time zone,
  tries integer not null default 0,
  outcome text,
  received_on timestamp with time zone not null,
  constraint a_notification_counts_once UNIQUE (entity_key, channel_id, notification_id),
  constraint processor_notifications_kind_check CHECK (kind = ANY (ARRAY['payment_news'::text, 'action_settled'::text, 'returned'::text, 'dispute'::text])),
  constraint processor_notifications_outcome_check CHECK (outcome = ANY (ARRAY['applied'::text, 'given_up'::text])),
  constraint processor_notifications_pkey PRIMARY KEY (entity_key, id)
);

create table retention (
  name text not null,
  kept_from uuid not null,
  constraint retention_name_check CHECK (name = 'events'::text),
  constraint retention_pkey PRIMARY KEY (name)
);

create table scenarios (
  entity_key integer not null,
  id uuid not null,
  scope text not null,
  subject text not null,
  shown text not null,
  document jsonb not null,
  seed text not null,
  attached_on timestamp with time zone not null,
  payments integer not null default 0,
  constraint scenarios_entity_key_scope_subject_key UNIQUE (entity_key, scope, subject),
  constraint scenarios_pkey PRIMARY KEY (entity_key, id),
  constraint scenarios_scope_check CHECK (scope = ANY (ARRAY['world'::text, 'key'::text, 'session'::text, 'card'::text, 'named'::text]))
);

create table sealing_keys (
  slot bigint not null,
  curve text not null,
  public_key jsonb not null,
  private_key bytea not null,
  made_on timestamp with time zone not null default now(),
  constraint sealing_keys_curve_check CHECK (curve = ANY (ARRAY['X25519'::text, 'P-256'::text])),
  constraint sealing_keys_pkey PRIMARY KEY (slot, curve)
);

create table signing_keys (
  kid text not null,
  public_jwk jsonb not null,
  private_jwk bytea not null,
  created_on timestamp with time zone not null default now(),
  constraint signing_keys_pkey PRIMARY KEY (kid)
);

create table spent_wallet_tokens (
  entity_key integer not null,
  id bytea not null,
  nonce uuid not null,
  forget_on timestamp with time zone not null,
  constraint spent_wallet_tokens_id_check CHECK (octet_length(id) = 32),
  constraint spent_wallet_tokens_pkey PRIMARY KEY (entity_key, id)
);

create table tokens (
  entity_key integer not null,
  id bytea not null,
  facts jsonb not null,
  sealed bytea not null,
  key_version integer not null,
  max_uses smallint not null,
  retrieve_identifier text,
  expires_on timestamp with time zone not null,
  constraint several_uses_are_somebodys CHECK ((max_uses > 1) = (retrieve_identifier IS NOT NULL)),
  constraint tokens_id_check CHECK (octet_length(id) = 32),
  constraint tokens_max_uses_check CHECK (max_uses >= 1 AND max_uses <= 5),
  constraint tokens_pkey PRIMARY KEY (entity_key, id)
);

create table workflow_actions (
  entity_key integer not null,
  id uuid not null,
  workflow_id uuid not null,
  url text not null,
  sealed bytea not null,
  next_on timestamp with time zone,
  bumps integer not null default 0,
  failures integer not null default 0,
  open_until timestamp with time zone,
  open_until_on timestamp with time zone,
  lease_owner uuid,
  lease_until timestamp with time zone,
  created_on timestamp with time zone not null default now(),
  constraint workflow_actions_pkey PRIMARY KEY (entity_key, id)
);

create table workflow_conditions (
  entity_key integer not null,
  id uuid not null,
  workflow_id uuid not null,
  type text not null,
  config jsonb not null,
  constraint one_condition_of_a_type UNIQUE (entity_key, workflow_id, type),
  constraint workflow_conditions_pkey PRIMARY KEY (entity_key, id),
  constraint workflow_conditions_type_check CHECK (type = ANY (ARRAY['event'::text, 'entity'::text, 'processing_channel'::text]))
);

create table workflows (
  entity_key integer not null,
  id uuid not null,
  name text,
  active boolean not null,
  created_on timestamp with time zone not null default now(),
  constraint workflows_pkey PRIMARY KEY (entity_key, id)
);

create table write_probe (
  one_row boolean not null default true,
  written_on timestamp with time zone not null,
  constraint write_probe_one_row_check CHECK (one_row),
  constraint write_probe_pkey PRIMARY KEY (one_row)
);

create view entity_now as
 SELECT entity_key,
    COALESCE(frozen_on, now() + clock_offset) AS now
   FROM entities;

create view subscriptions as
 SELECT w.entity_key,
    w.id AS workflow_id,
    (array_agg(c.config) FILTER (WHERE c.type = 'event'::text))[1] AS events,
    (array_agg(c.config) FILTER (WHERE c.type = 'entity'::text))[1] AS entities,
    (array_agg(c.config) FILTER (WHERE c.type = 'processing_channel'::text))[1] AS channels
   FROM workflows w
     JOIN workflow_conditions c ON c.entity_key = w.entity_key AND c.workflow_id = w.id
  WHERE w.active
  GROUP BY w.entity_key, w.id;

CREATE INDEX action_to_do ON payment_actions USING btree (entity_key, due_on) WHERE state = ANY (ARRAY['requested'::text, 'sending'::text, 'in_doubt'::text, 'pending'::text]);

CREATE INDEX actions_of_workflow ON workflow_actions USING btree (entity_key, workflow_id);

CREATE INDEX attempt_to_ask_about ON payments USING btree (entity_key, ask_on) WHERE ask_on IS NOT NULL;

CREATE INDEX authorization_to_expire ON payments USING btree (entity_key, auth_until) WHERE phase = 'authorized'::text AND (capturing + captured + voiding + voided) < authorized;

CREATE INDEX calls_of_payment ON processor_calls USING btree (entity_key, payment_id);

CREATE INDEX capture_to_schedule ON payments USING btree (entity_key, capture_on) WHERE capture_on IS NOT NULL;

CREATE INDEX credentials_of_entity ON credentials USING btree (entity_key);

CREATE INDEX delivery_to_send ON deliveries USING btree (entity_key, action_id, next_on, sequence) WHERE state = 'waiting'::text;

CREATE INDEX event_by_sequence ON events USING btree (entity_key, sequence) WHERE sequence IS NOT NULL;

CREATE INDEX event_to_publish ON events USING btree (entity_key, id) WHERE sequence IS NULL AND source <> 'sluice'::text AND NOT sample;

CREATE INDEX events_of_subject ON events USING btree (entity_key, subject_id, version);

CREATE INDEX ledger_of_payment ON ledger_entries USING btree (entity_key, payment_id);

CREATE INDEX notification_to_apply ON processor_notifications USING btree (entity_key, due_on) WHERE due_on IS NOT NULL;

CREATE INDEX notification_to_forget ON processor_notifications USING btree (id) WHERE due_on IS NULL;

CREATE INDEX oauth_clients_of_entity ON oauth_clients USING btree (entity_key);

CREATE UNIQUE INDEX one_customer_per_email ON customers USING btree (entity_key, lower(email));

CREATE UNIQUE INDEX one_live_payment ON payments USING btree (entity_key, session_id) WHERE phase <> ALL (ARRAY['declined'::text, 'cancelled'::text, 'expired'::text, 'not_sent'::text]);

CREATE UNIQUE INDEX one_payment_per_nonce ON payments USING btree (entity_key, nonce) WHERE phase <> 'not_sent'::text;

CREATE UNIQUE INDEX one_reference_at_benefit ON payments USING btree (entity_key, (request ->> 'reference'::text)) WHERE method = 'benefit'::text AND (phase <> ALL (ARRAY['declined'::text, 'cancelled'::text, 'expired'::text, 'not_sent'::text]));

CREATE INDEX payment_by_fingerprint ON payments USING btree (entity_key, fingerprint) WHERE phase <> 'not_sent'::text;

CREATE INDEX payment_by_reference ON payments USING btree (entity_key, (request ->> 'reference'::text), requested_on, id) WHERE (request ->> 'reference'::text) IS NOT NULL;

CREATE INDEX payment_by_session ON payments USING btree (entity_key, session_id);

CREATE UNIQUE INDEX payment_by_sid ON payments USING btree (entity_key, sid) WHERE sid IS NOT NULL;

CREATE INDEX payment_by_time ON payments USING btree (entity_key, requested_on, id) INCLUDE (channel_id);

CREATE INDEX receiver_to_serve ON workflow_actions USING btree (entity_key, next_on) WHERE next_on IS NOT NULL;

alter table attempt_holds add constraint attempt_holds_entity_key_payment_id_fkey FOREIGN KEY (entity_key, payment_id) REFERENCES payments(entity_key, id);

alter table authentications add constraint authentications_entity_key_payment_id_fkey FOREIGN KEY (entity_key, payment_id) REFERENCES payments(entity_key, id);

alter table credentials add constraint credentials_entity_key_fkey FOREIGN KEY (entity_key) REFERENCES entities(entity_key);

alter table data_keys add constraint data_keys_entity_key_fkey FOREIGN KEY (entity_key) REFERENCES entities(entity_key);

alter table instruments add constraint instruments_entity_key_key_version_fkey FOREIGN KEY (entity_key, key_version) REFERENCES data_keys(entity_key, version);

alter table ledger_entries add constraint ledger_entries_entity_key_payment_id_fkey FOREIGN KEY (entity_key, payment_id) REFERENCES payments(entity_key, id);

alter table oauth_clients add constraint oauth_clients_entity_key_fkey FOREIGN KEY (entity_key) REFERENCES entities(entity_key);

alter table payment_actions add constraint payment_actions_entity_key_payment_id_fkey FOREIGN KEY (entity_key, payment_id) REFERENCES payments(entity_key, id);

alter table processing_channels add constraint processing_channels_entity_key_fkey FOREIGN KEY (entity_key) REFERENCES entities(entity_key);

alter table processor_calls add constraint processor_calls_entity_key_payment_id_fkey FOREIGN KEY (entity_key, payment_id) REFERENCES payments(entity_key, id);

alter table scenarios add constraint scenarios_entity_key_fkey FOREIGN KEY (entity_key) REFERENCES entities(entity_key);

alter table spent_wallet_tokens add constraint spent_wallet_tokens_entity_key_fkey FOREIGN KEY (entity_key) REFERENCES entities(entity_key);

alter table tokens add constraint tokens_entity_key_fkey FOREIGN KEY (entity_key) REFERENCES entities(entity_key);

alter table tokens add constraint tokens_entity_key_key_version_fkey FOREIGN KEY (entity_key, key_version) REFERENCES data_keys(entity_key, version);

alter table workflow_actions add constraint workflow_actions_entity_key_workflow_id_fkey FOREIGN KEY (entity_key, workflow_id) REFERENCES workflows(entity_key, id) ON DELETE CASCADE;

alter table workflow_conditions add constraint workflow_conditions_entity_key_workflow_id_fkey FOREIGN KEY (entity_key, workflow_id) REFERENCES workflows(entity_key, id) ON DELETE CASCADE;

alter sequence entity_keys owned by entities.entity_key;

revoke delete, truncate, update on ledger_entries from current_user;
