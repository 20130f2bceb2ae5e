-- Accounts of this party alone; secrets are sealed with a key outside the database.
create table accounts (
  id uuid primary key,
  user_name text not null unique check (user_name ~ '^[a-z0-9][a-z0-9.-]{1,60}$'),
  -- What messages, lists and audit records call the person.
  alias text not null unique,
  display_name text,
  title text,
  -- central, or the code of a province.
  unit text not null default 'central',
  roles text[] not null,
  password_hash text not null,
  totp_secret bytea not null,
  totp_last_step bigint not null default 0,
  failed_count integer not null default 0,
  locked_until timestamptz,
  disabled_at timestamptz,
  created_at timestamptz not null default hotline_now(),
  check (roles <@ array['operator', 'supervisor', 'administrator', 'dutyOfficer', 'focalPoint'])
);

-- An access token is known here only by a keyed hash.
create table sessions (
  token_mac bytea primary key,
  account_id uuid not null references accounts,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_by_account on sessions (account_id);

-- Who may open case content: by which document, from when, until when (R10). Not the role opens it, this does.
create table designations (
  id uuid primary key,
  account_id uuid not null references accounts,
  document_number text not null,
  valid_from timestamptz not null,
  valid_until timestamptz,
  granted_by text not null,
  granted_at timestamptz not null default hotline_now(),
  revoked_at timestamptz,
  revoked_by text,
  check (valid_until is null or valid_until > valid_from),
  check ((revoked_at is null) = (revoked_by is null))
);
create index designations_by_account on designations (account_id) where revoked_at is null;

create table idempotency_keys (
  account_id uuid not null,
  route text not null,
  key uuid not null,
  body_mac bytea not null,
  created_id uuid not null,
  created_at timestamptz not null,
  primary key (account_id, route, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

grant select, insert, update on accounts, sessions, designations to $app$;
grant delete on sessions to $app$;
grant select, insert, delete on idempotency_keys to $app$;
