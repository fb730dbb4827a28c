-- A merchant's clock that is moved by hand stops when something falls due. It is set in milliseconds, as programs know
-- time; what is due within one is due at its end.
create function whole_ms(moment timestamptz) returns timestamptz language sql stable parallel safe return
  date_trunc('milliseconds', moment + interval '999 microseconds');

-- Authorizations that may run out with something left to release.
create index authorization_to_expire on payments (entity_key, auth_until)
  where phase = 'authorized' and capturing + captured + voiding + voided < authorized;
