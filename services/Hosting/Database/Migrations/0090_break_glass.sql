-- Reading one case without the right to it: two persons, a reason, at most an hour, reviewed afterwards (audit.md).
create table glass_breaks (
  id uuid primary key,
  -- A case at the hub, a referral at an agency.
  subject uuid not null,
  reason_code text not null,
  requested_by uuid not null references accounts,
  requested_at timestamptz not null,
  approved_by uuid references accounts,
  approved_at timestamptz,
  expires_at timestamptz,
  closed_at timestamptz,
  reviewed_by uuid references accounts,
  reviewed_at timestamptz,
  justified boolean,
  check (approved_by <> requested_by),
  check (reviewed_by <> requested_by),
  check ((approved_at is null) = (approved_by is null) and (approved_at is null) = (expires_at is null)),
  check (expires_at <= approved_at + interval '60 minutes'),
  check ((reviewed_at is null) = (reviewed_by is null) and (reviewed_at is null) = (justified is null))
);
create index glass_breaks_open on glass_breaks (requested_by, subject) where closed_at is null;
create index glass_breaks_by_age on glass_breaks (requested_at desc);
grant select, insert, update on glass_breaks to $app$;
