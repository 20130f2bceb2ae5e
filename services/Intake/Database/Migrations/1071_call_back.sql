-- A reporter's call-back code (R24): random, told once, known here only by a keyed hash. It finds the call again, and
-- nothing that anybody could guess does.
create table call_back_codes (
  call_id uuid primary key references calls,
  code_mac bytea not null unique,
  given_by uuid not null references accounts,
  given_at timestamptz not null
);
-- Wrong codes, by who tried them: guessing ends after a few.
create table call_back_failures (
  account_id uuid primary key references accounts,
  failed_count integer not null,
  since timestamptz not null
);
-- Whether anybody may ring where nobody could say that it is safe: a supervisor decides.
create table call_back_decisions (
  call_id uuid primary key references calls,
  asked_by uuid not null references accounts,
  asked_at timestamptz not null,
  decided_by uuid references accounts,
  decided_at timestamptz,
  allowed boolean,
  check ((decided_by is null) = (decided_at is null) and (decided_by is null) = (allowed is null))
);
create index call_back_decisions_waiting on call_back_decisions (asked_at) where decided_at is null;
create index call_back_decisions_by_age on call_back_decisions (decided_at desc) where decided_at is not null;
grant select, insert, update, delete on call_back_codes, call_back_failures to $app$;
grant select, insert, update on call_back_decisions to $app$;
