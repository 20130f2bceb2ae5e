-- Who is being paged for what, and what came of it (escalation.md, "Engine"). An agency escalates referrals, the hub the
-- items of its watch.

create table escalations (
  id uuid primary key,
  kind text not null check (kind in ('referral', 'watch')),
  -- The referral or the watch item; one escalation for each, for good.
  subject_id uuid not null unique,
  -- What a page may say: a number, never a word of the case.
  reference text not null,
  class text not null,
  urgency text not null,
  unit text not null,
  status text not null default 'paging' check (status in ('paging', 'acknowledged', 'ended', 'parked')),
  -- The step to be paged next, from 0; the loop counts the repetitions of the last one.
  step integer not null default 0,
  loop integer not null default 0,
  -- Raised by everything that a person does; pages and links of an older one are dropped.
  generation integer not null default 1,
  next_due_at timestamptz,
  -- By when a named officer must have answered.
  ack_due_at timestamptz,
  -- The first of these: never moved, whatever restarts.
  deadline_at timestamptz,
  -- The ladder that applies, copied at the start; null until the first look, and after a raised urgency.
  policy_snapshot jsonb,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  acknowledged_how text check (acknowledged_how in ('console', 'link', 'key-press', 'phone')),
  -- Answered without having seen the content: it must be opened soon.
  awaits_opening boolean not null default false,
  progressed_at timestamptz,
  started_at timestamptz not null,
  failures integer not null default 0,
  check ((status in ('ended', 'parked')) <= (next_due_at is null))
);
-- By urgency first: the most urgent are found without looking at the others.
create index escalations_due on escalations (urgency, next_due_at) where next_due_at is not null;
alter table escalations set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- One page to one target on one channel. Its id is the key under which a provider sees a second try.
create table page_attempts (
  id uuid primary key,
  escalation_id uuid not null references escalations,
  generation integer not null,
  loop integer not null,
  step integer not null,
  urgency text not null,
  target text not null,
  target_id uuid not null,
  target_kind text not null check (target_kind in ('Person', 'Landline')),
  channel text not null check (channel in ('console', 'email', 'sms', 'voice', 'call')),
  -- Number or address, sealed: it is in no backup in clear.
  address bytea,
  state text not null default 'pending'
    check (state in ('pending', 'sending', 'accepted-by-provider', 'delivered', 'answered', 'failed', 'not-sent')),
  -- Why it failed or was not sent.
  reason text,
  -- The page that went out for several at once; null = for this one alone.
  bundle_id uuid,
  gateway text,
  tries integer not null default 0,
  -- To be looked at then: to be sent, a lease that has ended, or a delivery report that did not come.
  due_at timestamptz,
  created_at timestamptz not null,
  sent_at timestamptz,
  settled_at timestamptz,
  reported_at timestamptz,
  check ((state in ('pending', 'sending')) <= (due_at is not null)),
  unique (escalation_id, generation, loop, step, target_id, channel)
);
create index page_attempts_due on page_attempts (urgency, due_at) where due_at is not null;
create index page_attempts_by_bundle on page_attempts (bundle_id) where bundle_id is not null;
create index page_attempts_by_target on page_attempts (target_id, channel, sent_at) where sent_at is not null;
create index page_attempts_unreported on page_attempts (settled_at) where settled_at is not null and reported_at is null;

-- Exercises reach no real channel, unless somebody answers for it, and for as long as they say.
create table exercise_channels (
  only_row boolean primary key default true check (only_row),
  enabled_until timestamptz,
  enabled_by text
);
insert into exercise_channels default values;

grant select, insert, update, delete on escalations, page_attempts to $app$;
grant select, update on exercise_channels to $app$;
