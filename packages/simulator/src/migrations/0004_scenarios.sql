-- How many messages of each step about a payment have come under a scenario: what is chosen of one follows from its number.
create table scenario_messages (
  merchant text not null,
  key      text not null,
  step     text not null,
  messages int  not null,
  primary key (merchant, key, step)
);
