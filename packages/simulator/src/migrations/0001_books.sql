-- The bank's own books. Amounts are minor units; every time is the merchant's, as it came with the request.

create table bank (
  one boolean primary key default true check (one),
  -- Keys the marks of card numbers and the addresses of pages; made once, when the bank is founded.
  secret bytea not null
);

create table payments (
  merchant text not null,
  -- The merchant's key. A bank that is not idempotent (class B to D) books a repeat as another payment: nth 2, 3 …
  key text not null,
  nth smallint not null,
  reference text not null,
  class text not null check (class in ('A', 'B', 'C', 'D')),
  method text not null,
  state text not null check (state in ('approved', 'declined', 'action', 'pending', 'cancelled', 'reversed')),
  requested bigint not null check (requested >= 0),
  currency text not null,
  authorized bigint not null default 0,
  captured bigint not null default 0,
  voided bigint not null default 0,
  refunded bigint not null default 0,
  -- What was answered first, and what is true now: json, not jsonb, because a repeat must get the same bytes.
  first_answer json not null,
  answer json not null,
  -- What it may still turn into.
  plan json not null,
  -- The address of the page the shopper was sent to, while and after it is open.
  page_token text,
  -- What the merchant told us: masked card and everything that merely travels.
  request json not null,
  switches json not null,
  requested_on timestamptz not null,
  primary key (merchant, key, nth),
  check (captured + voided <= authorized),
  check (refunded <= captured),
  check (authorized = 0 or state in ('approved', 'reversed'))
);

create unique index payments_by_page on payments (page_token) where page_token is not null;

create table followups (
  merchant text not null,
  key text not null,
  of text not null,
  kind text not null,
  answer json not null,
  primary key (merchant, key)
);

-- The record of money that moved, in the order it was booked. Never changed.
create table movements (
  seq bigint generated always as identity primary key,
  merchant text not null,
  key text not null,
  of text not null,
  kind text not null check (kind in ('authorization', 'card_verification', 'capture', 'void', 'refund', 'reversal')),
  amount bigint not null check (amount >= 0),
  currency text not null,
  at timestamptz not null,
  reference text not null
);

create index movements_of_merchant on movements (merchant, seq);
