-- What banks tell late or in another order than it happened.

-- The end of a dispute may be told before its beginning: less than nothing is taken back until then.
alter table payments drop constraint payments_charged_back_check;

-- A refund that had succeeded may fail later: the entry that booked it stays, and this one takes it back.
alter table ledger_entries drop constraint ledger_entries_kind_check;
alter table ledger_entries add constraint ledger_entries_kind_check
  check (kind in ('authorization', 'card_verification', 'capture', 'void', 'refund', 'refund_failed', 'return',
                  'chargeback', 'chargeback_won'));

-- Notifications that are done with leave when events do.
create index notification_to_forget on processor_notifications (id) where due_on is null;
