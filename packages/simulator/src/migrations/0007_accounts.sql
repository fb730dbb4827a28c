-- Merchants that have shown a key: nobody else speaks for them. The key itself is not kept.
create table accounts (
  merchant text primary key,
  key_mark text not null
);
