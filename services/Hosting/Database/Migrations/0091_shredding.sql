-- Destroying what a case says: its data keys, in every copy of the key store; what stays is coded (audit.md).
create table shreddings (
  id uuid primary key,
  -- A case at the hub, a referral at an agency.
  subject uuid not null,
  reason_code text not null,
  requested_by uuid not null references accounts,
  requested_at timestamptz not null,
  approved_by uuid references accounts,
  approved_at timestamptz,
  -- Fixed when the second person approves: what is destroyed is what was approved.
  key_ids uuid[],
  done_at timestamptz,
  check (approved_by <> requested_by),
  check ((approved_at is null) = (approved_by is null) and (approved_at is null) = (key_ids is null)),
  check (done_at is null or approved_at is not null)
);
create unique index shreddings_open on shreddings (subject) where done_at is null;
create index shreddings_due on shreddings (approved_at) where approved_at is not null and done_at is null;
grant select, insert, update on shreddings to $app$;

-- How long each kind of record is kept, and what then happens to it.
create table retention_rules (
  record_kind text primary key,
  keep_for interval not null check (keep_for >= interval '30 days'),
  action text not null check (action in ('propose-shredding', 'shred')),
  changed_by text not null,
  changed_at timestamptz not null default hotline_now(),
  version bigint not null default 1
);
grant select, update on retention_rules to $app$;
