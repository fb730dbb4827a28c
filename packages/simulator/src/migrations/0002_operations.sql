-- Increments, refunds of one capture, refunds that take their time, and what the bank does by itself.

alter table payments
  -- What each capture took and gave back, by the key of its message.
  add column captures json not null default '{}';
alter table movements drop constraint movements_kind_check;
alter table movements add constraint movements_kind_check
  check (kind in ('authorization', 'card_verification', 'capture', 'void', 'refund', 'reversal', 'increment', 'return',
                  'chargeback', 'chargeback_won'));
