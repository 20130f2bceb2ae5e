-- Wrapped data keys, in a database of their own: a backup of the case database alone opens nothing, and a destroyed
-- key stays destroyed when the case database is restored.
create table data_keys (
  id uuid primary key,
  wrapped bytea not null,
  created_at timestamptz not null default clock_timestamp()
);
grant select, insert, delete on data_keys to $app$;
