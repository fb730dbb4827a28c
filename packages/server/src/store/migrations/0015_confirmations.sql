-- Codes that were sent to a shopper are put to the processor.

alter table processor_calls drop constraint processor_calls_kind_check;
alter table processor_calls add constraint processor_calls_kind_check
  check (kind in ('authorize', 'complete', 'confirm', 'cancel', 'retrieve', 'capture', 'void', 'refund', 'reverse',
                  'increment'));
