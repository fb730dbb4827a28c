-- Debits that the shopper's bank will send back, and when, by the merchant's time; nothing once it has.
alter table payments add column returns_on timestamptz;
create index payments_to_return on payments (merchant, returns_on) where returns_on is not null;
