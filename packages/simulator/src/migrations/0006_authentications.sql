-- What the directory server and the issuers' access control server keep of each authentication. Times are the merchant's.

create table authentications (
  -- The 3DS Server's name for it: an AReq that comes twice is answered twice with the same ARes.
  server_trans_id uuid primary key,
  request_mark text not null,
  ds_trans_id uuid not null unique,
  acs_trans_id uuid not null unique,
  -- The address of its challenge page.
  page_token text not null unique,
  requestor text not null,
  merchant text,
  merchant_name text,
  version text not null,
  category text not null,
  scheme text not null,
  card_mark text not null,
  bin text not null,
  last4 text not null,
  -- Minor units; without a payment neither.
  amount bigint,
  currency text,
  state text not null check (state in ('decided', 'challenged', 'answered', 'reported')),
  -- json, not jsonb: a repeat must get the same bytes.
  ares json not null,
  -- What the right answer makes of it.
  on_success text,
  status text not null,
  reason text,
  eci text,
  authentication_value text,
  cancel text,
  kind text not null,
  interactions smallint not null default 0,
  server_url text not null,
  notification_url text not null,
  session_data text,
  window_size text,
  switches json not null,
  locale text,
  requested_on timestamptz not null,
  check (state <> 'decided' or on_success is null)
);

create index authentications_of_requestor on authentications (requestor, requested_on);
create index authentications_unreported on authentications (requested_on) where state = 'answered';
