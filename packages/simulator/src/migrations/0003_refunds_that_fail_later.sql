-- A refund that had succeeded fails days later: the receiving bank does not take it.

alter table movements drop constraint movements_kind_check;
alter table movements add constraint movements_kind_check
  check (kind in ('authorization', 'card_verification', 'capture', 'void', 'refund', 'refund_failed', 'reversal',
                  'increment', 'return', 'chargeback', 'chargeback_won'));
