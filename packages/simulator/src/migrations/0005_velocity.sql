-- The payments that velocity rules count, each under the keyed mark of its card, e-mail address or IP address.
create table sightings (
  merchant text not null,
  mark     text not null,
  -- The merchant's time.
  at       timestamptz not null,
  key      text not null,
  primary key (merchant, mark, at, key)
);
