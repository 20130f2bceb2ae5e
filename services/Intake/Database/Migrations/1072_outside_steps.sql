-- Steps outside the four agencies (coast guard, mission abroad, procuracy, commune People's Committee), ticked off by name.
create table outside_steps (
  id uuid primary key,
  case_id uuid not null references cases,
  body text not null,
  done_by uuid not null references accounts,
  done_at timestamptz not null,
  -- Who answered there, sealed under the case's key; null = not said.
  person bytea,
  undone_by uuid references accounts,
  undone_at timestamptz,
  check ((undone_by is null) = (undone_at is null))
);
-- The same step pressed twice is one.
create unique index outside_steps_once on outside_steps (case_id, body) where undone_at is null;
create index outside_steps_by_case on outside_steps (case_id, done_at);
grant select, insert, update on outside_steps to $app$;
