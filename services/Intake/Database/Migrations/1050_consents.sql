-- Consent per agency and purpose, for a time, with its proof noted (sealed); and its end. What the calls of a case say of
-- consent stands until it is withdrawn here.
create table consents (
  id uuid primary key,
  case_id uuid not null references cases,
  agency text not null references agencies,
  -- Null = every purpose.
  purpose text,
  given_by text not null check (given_by in ('victim', 'guardian', 'reporter')),
  valid_from timestamptz not null,
  valid_until timestamptz,
  proof bytea not null,
  recorded_by uuid not null,
  recorded_at timestamptz not null,
  ended_at timestamptz,
  check (valid_until is null or valid_until > valid_from)
);
create index consents_in_force on consents (case_id, agency) where ended_at is null;
create index consents_by_end on consents (valid_until) where ended_at is null and valid_until is not null;

create table consent_withdrawals (
  id uuid primary key,
  case_id uuid not null references cases,
  agency text not null references agencies,
  withdrawn_at timestamptz not null,
  -- Null = it ran out.
  withdrawn_by uuid
);
create index consent_withdrawals_by_case on consent_withdrawals (case_id, agency);

alter table referrals add consent_withdrawn_at timestamptz, add consent_confirmed_at timestamptz;
create index referrals_unconfirmed on referrals (consent_withdrawn_at) where consent_withdrawn_at is not null and consent_confirmed_at is null;

grant select, insert, update on consents to $app$;
grant select, insert on consent_withdrawals to $app$;
