-- What goes wrong on purpose, and for whom. In sandbox only: in production nothing writes here.
create table scenarios (
  entity_key  int not null references entities,
  id          uuid not null,
  scope       text not null check (scope in ('world', 'key', 'session', 'card', 'named')),
  -- Which key, session or card, or its own name; empty for the whole world.
  subject     text not null,
  shown       text not null,
  document    jsonb not null,
  seed        text not null,
  attached_on timestamptz not null,
  payments    int not null default 0,
  primary key (entity_key, id),
  unique (entity_key, scope, subject)
);
