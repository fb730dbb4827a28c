-- An authentication serves one payment: its merchant and key, from the first authorization that was made with it.
alter table authentications add column used_by text;
