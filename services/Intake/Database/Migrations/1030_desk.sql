-- Open work of the desk: who has taken a case, and what was handed over at the change of shift.
create table desk_work (
  case_id uuid primary key references cases,
  -- Null: nobody has it.
  holder uuid references accounts,
  taken_at timestamptz,
  -- A person has dealt with what was declined; a later decline opens it again.
  settled_at timestamptz,
  check ((holder is null) = (taken_at is null))
);

-- Signed by who leaves, then by who takes over. Codes only.
create table hand_overs (
  id uuid primary key,
  given_by uuid not null references accounts,
  given_at timestamptz not null,
  case_ids uuid[] not null,
  taken_by uuid references accounts,
  taken_at timestamptz,
  check ((taken_by is null) = (taken_at is null)),
  check (taken_by <> given_by)
);
create index hand_overs_by_age on hand_overs (given_at desc);

create index referrals_declined on referrals (created_at desc) where state = 'declined';
create index calls_drafts on calls (created_by, created_at desc) where status = 'draft';

grant select, insert, update on desk_work, hand_overs to $app$;
