-- The hub's watch: what is late, who has taken it, and when somebody is woken for it (escalation.md, "Watch at the hub").

-- When a referral is looked at next; null = nothing of it can be late any more.
alter table referrals add column watch_due_at timestamptz default (hotline_now() + interval '15 seconds');
alter table referrals add column first_paged_at timestamptz;
-- The agency said that every step of its ladder is empty, or that no page could be delivered.
alter table referrals add column unreachable_at timestamptz;
create index referrals_watched on referrals (watch_due_at) where watch_due_at is not null;

create table watch_items (
  id uuid primary key,
  code text not null,
  agency text not null,
  referral_id uuid references referrals,
  reference text not null,
  urgency text not null,
  class text not null,
  -- Whose desk is telephoned.
  unit text not null,
  raised_at timestamptz not null,
  -- When the shift supervisor is paged, unless somebody takes it before.
  page_at timestamptz,
  taken_by uuid references accounts,
  taken_at timestamptz,
  cleared_at timestamptz,
  version bigint not null default 1,
  check ((taken_by is null) = (taken_at is null)),
  check (page_at is null or (taken_at is null and cleared_at is null))
);
create unique index watch_items_open on watch_items (code, agency, coalesce(referral_id, '00000000-0000-0000-0000-000000000000')) where cleared_at is null;
create index watch_items_by_referral on watch_items (referral_id) where cleared_at is null;
create index watch_items_untaken on watch_items (page_at) where page_at is not null;

-- One row: when agencies and broker are looked at next, by one node for all.
create table watch_state (
  only_row boolean primary key default true check (only_row),
  looks_at timestamptz not null default '-infinity',
  started_at timestamptz not null default hotline_now(),
  broker_away_since timestamptz
);
insert into watch_state default values;

grant select, insert, update on watch_items to $app$;
grant select, update on watch_state to $app$;
