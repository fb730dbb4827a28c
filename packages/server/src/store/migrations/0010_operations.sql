-- What a merchant asks for after the payment: captures, voids, refunds, increments, and what a bank reports by itself.

alter table payments
  -- What increments added to the amount that was asked for first.
  add column incremented  bigint not null default 0 check (incremented >= 0),
  -- Taken back by the shopper's bank in a dispute, less what was won back.
  add column charged_back bigint not null default 0 check (charged_back >= 0),
  -- Counts what was begun on the payment: beginning something reserves an amount and is no change of its own, so the
  -- version stays; whoever decides on what he has read names both.
  add column reservations int not null default 0;
alter table payments drop constraint authorized_within_requested;
alter table payments add constraint authorized_within_requested check (authorized <= requested + incremented);

alter table payment_actions
  -- The capture that a refund gives back.
  add column of_action     uuid,
  -- When it succeeds, what is still held and not captured is released.
  add column releases_rest boolean not null default false,
  -- Shares of sub-entities: [{id, amount, reference?, commission?}].
  add column allocations   jsonb,
  -- What the merchant said of it, spelled as on the wire.
  add column details       jsonb not null default '{}',
  -- When the processor said that it will tell the result later.
  add column pending_on    timestamptz,
  -- Of a capture: what refunds that name it have reserved and given back.
  add column refunding     bigint not null default 0 check (refunding >= 0),
  add column refunded      bigint not null default 0 check (refunded >= 0),
  add constraint refunded_within_its_capture check (refunding + refunded <= amount);
alter table payment_actions drop constraint payment_actions_kind_check;
alter table payment_actions add constraint payment_actions_kind_check
  check (kind in ('authorization', 'card_verification', 'capture', 'void', 'refund', 'reversal', 'increment', 'return'));
alter table payment_actions drop constraint payment_actions_state_check;
alter table payment_actions add constraint payment_actions_state_check
  check (state in ('requested', 'sending', 'in_doubt', 'pending', 'succeeded', 'failed'));
drop index action_to_do;
create index action_to_do on payment_actions (entity_key, due_on)
  where state in ('requested', 'sending', 'in_doubt', 'pending');

alter table processor_calls drop constraint processor_calls_kind_check;
alter table processor_calls add constraint processor_calls_kind_check
  check (kind in ('authorize', 'complete', 'cancel', 'retrieve', 'capture', 'void', 'refund', 'reverse', 'increment'));

alter table ledger_entries drop constraint ledger_entries_kind_check;
alter table ledger_entries add constraint ledger_entries_kind_check
  check (kind in ('authorization', 'card_verification', 'capture', 'void', 'refund', 'return', 'chargeback',
                  'chargeback_won'));

-- What processors tell without being asked. A notification is kept before it is answered and applied afterwards, once,
-- however often it comes: by its own id at the processor.
create table processor_notifications (
  entity_key      int not null,
  id              uuid not null,
  channel_id      uuid not null,
  notification_id text not null,
  kind            text not null check (kind in ('payment_news', 'action_settled', 'returned', 'dispute')),
  -- Our key for the payment, as the processor repeats it.
  about           text not null,
  body            jsonb not null,
  -- Null once it is done with.
  due_on          timestamptz,
  lease_until     timestamptz,
  tries           int not null default 0,
  outcome         text check (outcome in ('applied', 'given_up')),
  received_on     timestamptz not null,
  primary key (entity_key, id),
  constraint a_notification_counts_once unique (entity_key, channel_id, notification_id)
);
create index notification_to_apply on processor_notifications (entity_key, due_on) where due_on is not null;
