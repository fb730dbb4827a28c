-- Payments are listed and searched, latest first.

create index payment_by_time on payments (entity_key, requested_on, id) include (channel_id);
create index payment_by_reference on payments (entity_key, (request ->> 'reference'), requested_on, id)
  where request ->> 'reference' is not null;

-- `status` as the wire shows it, derived and never stored: `publicStatus` of packages/core/src/payment.ts. A test
-- compares the two.
create function payment_status(
  phase text, authorized bigint, captured bigint, voided bigint, refunding bigint, refunded bigint
) returns text language sql immutable parallel safe as $$
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
$$;

-- Whether a condition of packages/core/src/payment-query.ts holds for the values a payment has, by the names of fields.
-- What a payment does not have is different from every value, and neither more nor less.
create function payment_holds(condition jsonb, facts jsonb) returns boolean
language plpgsql immutable parallel safe as $$
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
$$;
