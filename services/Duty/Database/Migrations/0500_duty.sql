-- Who is on duty when, and by which ladder. Rosters and plans are documents with a version and a date from which they
-- hold: a change is a new row, so that yesterday's duty can be told next year.

create extension if not exists btree_gist;

create table rosters (
  unit text not null,
  version bigint not null check (version > 0),
  valid_from timestamptz not null,
  content jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (unit, version)
);

-- Ladders, clocks and page texts.
create table duty_plans (
  version bigint primary key check (version > 0),
  valid_from timestamptz not null,
  content jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);

-- Somebody stands in. Two that overlap would leave open who is woken.
create table overrides (
  id uuid primary key,
  unit text not null,
  layer text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  account_id uuid not null references accounts,
  reason text not null,
  swap_id uuid,
  created_by text not null,
  created_at timestamptz not null,
  cancelled_by text,
  cancelled_at timestamptz,
  check ((cancelled_by is null) = (cancelled_at is null)),
  constraint overrides_overlap exclude using gist (unit with =, layer with =, tstzrange(starts_at, ends_at) with &&) where (cancelled_at is null)
);
create index overrides_by_end on overrides (ends_at) where cancelled_at is null;

-- Two officers agree to change places; agreed, it becomes two overrides.
create table swaps (
  id uuid primary key,
  unit text not null,
  layer text not null,
  asked_by uuid not null references accounts,
  asked_of uuid not null references accounts check (asked_of <> asked_by),
  given_from timestamptz not null,
  given_until timestamptz not null check (given_until > given_from),
  taken_from timestamptz,
  taken_until timestamptz check (taken_until > taken_from),
  state text not null check (state in ('asked', 'agreed', 'refused', 'withdrawn')),
  version bigint not null default 1,
  created_at timestamptz not null,
  settled_at timestamptz,
  check ((taken_from is null) = (taken_until is null)),
  check ((state = 'asked') = (settled_at is null))
);

create table calendar_days (
  date date not null,
  name_vi text not null,
  name_en text not null,
  kind text not null check (kind in ('holiday', 'compensatory', 'swapped-working-day')),
  basis text not null check (basis in ('decided', 'computed', 'announced')),
  tet boolean not null,
  source text not null,
  decided_on date,
  known_from timestamptz not null,
  known_until timestamptz,
  changed_by text not null,
  primary key (date, known_from)
);
create unique index calendar_days_in_force on calendar_days (date) where known_until is null;

-- A year's table is changed as a whole; this is the version that whoever changes it must have seen.
create table calendar_years (
  year integer primary key,
  version bigint not null
);

-- How to reach an officer. The address is sealed with a key outside the database.
create table officer_contacts (
  id uuid primary key,
  account_id uuid not null references accounts,
  channel text not null check (channel in ('sms', 'voice', 'email')),
  address bytea not null,
  position integer not null,
  verified_at timestamptz,
  added_at timestamptz not null,
  removed_at timestamptz
);
create index officer_contacts_by_account on officer_contacts (account_id) where removed_at is null;

-- A code that was sent to a contact, known by a keyed hash; good for ten minutes and five tries.
create table contact_codes (
  contact_id uuid primary key references officer_contacts,
  code_mac bytea not null,
  sent_at timestamptz not null,
  attempts integer not null default 0
);

create table officer_settings (
  account_id uuid primary key references accounts,
  version bigint not null,
  -- Channels that the officer prefers, per urgency.
  preferences jsonb not null
);

-- Numbers to ring, as a call sheet lists them; at the hub for every agency, so that they are there when an agency is not.
create table desks (
  id uuid primary key,
  agency text not null,
  unit text not null,
  name_vi text not null,
  phone text not null,
  hours text not null check (hours in ('24x7', 'office')),
  source text not null,
  position integer not null
);
create index desks_by_agency on desks (agency, unit, position);

-- What one node looks at for all.
create table duty_checks (
  name text primary key,
  due_at timestamptz not null
);
insert into duty_checks values ('gaps', '-infinity'), ('calendar', '-infinity');

grant select, insert on rosters, duty_plans to $app$;
grant select, insert, update on overrides, swaps, calendar_days, calendar_years, officer_contacts, officer_settings, duty_checks to $app$;
grant select, insert, update, delete on contact_codes to $app$;
grant select, insert, update, delete on desks to $app$;
