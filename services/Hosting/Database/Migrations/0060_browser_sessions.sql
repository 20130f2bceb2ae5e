-- Sessions of browsers beside those of machines, second factors that people enrol themselves, recovery codes, lock-out by name.
alter table sessions
  -- What lists name and revoke; the token itself is known only by its keyed hash.
  add column id uuid not null default gen_random_uuid(),
  -- Came in a cookie: falls asleep when idle, and what it changes needs the antiforgery token.
  add column of_browser boolean not null default false,
  -- Signed in with the password alone, to enrol a second factor: opens nothing else.
  add column enrolling boolean not null default false,
  -- The kind of browser and system, in words of our own.
  add column client text,
  add column last_active_at timestamptz,
  -- A call is open on the screen until then, unless it says so again: the idle lock does not fall.
  add column call_open_until timestamptz;
create unique index sessions_by_name on sessions (id);

alter table accounts
  add column totp_enrolled boolean not null default true,
  -- Shown as a QR code, not confirmed yet.
  add column totp_pending bytea;

-- Good once each, instead of the second factor. Known only by a keyed hash.
create table recovery_codes (
  account_id uuid not null references accounts,
  code_mac bytea not null,
  created_at timestamptz not null,
  used_at timestamptz,
  primary key (account_id, code_mac)
);

-- Counts by the name that was typed, whether or not there is such an account: a lock-out tells nobody which names exist.
create table sign_in_failures (
  name_mac bytea primary key,
  failed_count integer not null,
  locked_until timestamptz,
  last_at timestamptz not null
);

grant select, insert, update, delete on recovery_codes, sign_in_failures to $app$;
