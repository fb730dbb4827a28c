-- What was decided on: a status of 3-D Secure, or why there is none. Written once for each authentication, in the
-- statement that writes its event; a result that is told afterwards changes nothing.
alter table authentications add column ended text
  check (ended in ('Y', 'A', 'N', 'R', 'U', 'I', 'C', 'D', 'S', 'not_enrolled', 'failed', 'timed_out', 'abandoned'));
