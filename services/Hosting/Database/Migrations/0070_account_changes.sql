-- What administrators did to accounts: for those who administer after them, and for an undo to go back to. The audit log
-- has the same acts; this has what they were about, which is nobody's case.
create table account_changes (
  id uuid primary key,
  account_id uuid not null references accounts,
  at timestamptz not null,
  -- Alias of the administrator.
  by text not null,
  kind text not null,
  -- The roles until then, where these were changed.
  before text[],
  -- The designation or session.
  about uuid
);
create index account_changes_by_account on account_changes (account_id, at desc);
create index sessions_in_force on sessions (created_at desc) where revoked_at is null;
grant select, insert on account_changes to $app$;
