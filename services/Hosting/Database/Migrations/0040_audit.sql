-- The append-only record of every hand-off step and every reading of a case (audit.md). The application may add and
-- read, nothing else; no index but the order of arrival, so that writing never waits.
create schema audit;
create table audit.records (
  id bigint generated always as identity,
  at timestamptz not null,
  leaf text not null
);
grant usage on schema audit to $app$;
grant select, insert on audit.records to $app$;
