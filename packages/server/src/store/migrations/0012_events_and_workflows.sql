-- Events are published: numbered 1, 2, 3 … for each merchant, without a gap, by one statement that also decides where
-- each is to be delivered. Deliveries and their attempts leave by partition together with their event: they are
-- partitioned by its id.

-- Null until published. Samples (of the workflow test) and our own timeline (`sluice`) are never published.
alter table events add column sequence bigint;
alter table events add column sample boolean not null default false;
create index event_to_publish on events (entity_key, id) where sequence is null and source <> 'sluice' and not sample;
create index event_by_sequence on events (entity_key, sequence) where sequence is not null;

-- The last number given. Its row is the lock under which numbers are given.
create table event_counters (
  entity_key int not null primary key,
  last       bigint not null default 0 check (last >= 0)
);

create table workflows (
  entity_key int not null,
  id         uuid not null,
  name       text,
  active     boolean not null,
  created_on timestamptz not null default now(),
  primary key (entity_key, id)
);

-- All conditions of a workflow have to be met. Entities and channels are stored as UUIDs.
create table workflow_conditions (
  entity_key  int not null,
  id          uuid not null,
  workflow_id uuid not null,
  type        text not null check (type in ('event', 'entity', 'processing_channel')),
  config      jsonb not null,
  primary key (entity_key, id),
  constraint one_condition_of_a_type unique (entity_key, workflow_id, type),
  foreign key (entity_key, workflow_id) references workflows (entity_key, id) on delete cascade
);

-- Where events are delivered to, and how it is doing: every receiver has a lane, a lease and a circuit breaker of its own.
create table workflow_actions (
  entity_key  int not null,
  id          uuid not null,
  workflow_id uuid not null,
  url         text not null,
  -- Headers and signature key, sealed by the vault.
  sealed      bytea not null,
  -- Not later than the first of its deliveries that wait. Null: none waits.
  next_on     timestamptz,
  -- Counts what was added for it: who has looked before may not say that nothing waits.
  bumps       int not null default 0,
  -- In a row. From the fifth on the circuit is open until `open_until` (real time) or `open_until_on` (the merchant's),
  -- whichever comes first; then one delivery is tried.
  failures    int not null default 0,
  open_until    timestamptz,
  open_until_on timestamptz,
  lease_owner uuid,
  lease_until timestamptz,
  created_on  timestamptz not null default now(),
  primary key (entity_key, id),
  foreign key (entity_key, workflow_id) references workflows (entity_key, id) on delete cascade
);
create index actions_of_workflow on workflow_actions (entity_key, workflow_id);
create index receiver_to_serve on workflow_actions (entity_key, next_on) where next_on is not null;

-- Active workflows with their conditions side by side. One without conditions is met by nothing.
create view subscriptions as
  select w.entity_key, w.id as workflow_id,
         (array_agg(c.config) filter (where c.type = 'event'))[1] as events,
         (array_agg(c.config) filter (where c.type = 'entity'))[1] as entities,
         (array_agg(c.config) filter (where c.type = 'processing_channel'))[1] as channels
    from workflows w
    join workflow_conditions c on c.entity_key = w.entity_key and c.workflow_id = w.id
   where w.active
   group by w.entity_key, w.id;

create table deliveries (
  entity_key  int not null,
  event_id    uuid not null,
  action_id   uuid not null,
  workflow_id uuid not null,
  state       text not null check (state in ('waiting', 'delivered', 'dead', 'canceled')),
  -- Counts reflows: an answer to an earlier round does not end a later one.
  round       int not null default 1,
  tries       smallint not null default 0,
  next_on     timestamptz not null,
  sequence    bigint,
  primary key (entity_key, event_id, action_id)
) partition by range (event_id);
create index delivery_to_send on deliveries (entity_key, action_id, next_on, sequence) where state = 'waiting';

create table delivery_attempts (
  entity_key   int not null,
  event_id     uuid not null,
  action_id    uuid not null,
  id           uuid not null,
  retry        boolean not null,
  succeeded    boolean not null,
  final        boolean not null,
  details      jsonb not null,
  attempted_on timestamptz not null,
  primary key (entity_key, event_id, action_id, id)
) partition by range (event_id);

-- From which id on the rows of tables that leave by partition are there. What is older was dropped, and is not missing.
create table retention (
  name      text not null primary key check (name = 'events'),
  kept_from uuid not null
);
