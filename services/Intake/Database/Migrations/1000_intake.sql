-- The hub: calls, cases, referrals. Content is sealed; columns in clear are only those that lists and rules need.

create sequence call_numbers;
create sequence case_numbers;
create sequence referral_numbers;

-- Agencies are rows: a new one needs no change to this service.
create table agencies (
  name text primary key check (name ~ '^[a-z][a-z0-9-]{1,40}$'),
  name_vi text not null,
  name_en text not null,
  enabled boolean not null default true,
  last_heartbeat_at timestamptz
);
insert into agencies (name, name_vi, name_en) values
  ('police', 'Công an', 'Police'),
  ('border-guard', 'Bộ đội biên phòng', 'Border guard'),
  ('womens-union', 'Hội liên hiệp phụ nữ', 'Women''s Union'),
  ('child-protection', 'Bảo vệ trẻ em', 'Child protection');

create table calls (
  id uuid primary key,
  reference text not null unique,
  status text not null default 'draft' check (status in ('draft', 'completed')),
  disposition text,
  key_id uuid not null,
  content bytea not null,
  version bigint not null default 1,
  -- Of the caller's number: fifteen keyed bits to find candidates by, and the number itself sealed, to compare.
  caller_index smallint,
  caller_number bytea,
  created_by uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz,
  check ((caller_index is null) = (caller_number is null)),
  check ((status = 'completed') = (completed_at is not null))
);
alter table calls alter column content set storage external;
alter table calls set (toast_tuple_target = 8160);
create index calls_by_caller on calls (caller_index, created_at desc) where caller_index is not null;
create index calls_by_age on calls (created_at desc, id desc);

create table cases (
  id uuid primary key,
  code text not null unique,
  key_id uuid not null,
  -- The victim of this case among the persons of its first call; null = the call as a whole.
  person_id uuid,
  version bigint not null default 1,
  created_by uuid not null,
  created_at timestamptz not null
);

create table case_calls (
  case_id uuid not null references cases,
  call_id uuid not null references calls,
  position integer not null,
  attached_by uuid not null,
  attached_at timestamptz not null,
  primary key (case_id, call_id),
  unique (case_id, position)
);
create index case_calls_by_call on case_calls (call_id);

create table referrals (
  id uuid primary key,
  reference text not null unique,
  -- Null only where this database lost the case and an agency still holds the referral.
  case_id uuid references cases,
  peer text not null references agencies,
  class text not null,
  urgency text not null,
  province_code text,
  province_list text,
  desk text not null,
  purpose text,
  ground text,
  withheld text[] not null default '{}',
  -- The operator saw the withheld words in the text and sent them all the same.
  text_confirmed boolean not null default false,
  missing text[] not null default '{}',
  key_id uuid not null,
  state text not null check (state in ('queued', 'sent', 'delivered', 'acknowledged', 'accepted', 'declined', 'closed', 'revoked')),
  version bigint not null default 1,
  file_version integer not null default 1,
  sent_epoch integer not null default 1,
  sent_seq bigint not null default 0,
  peer_epoch integer not null default 0,
  peer_seq bigint not null default 0,
  created_by uuid not null,
  created_at timestamptz not null,
  sent_at timestamptz,
  delivered_at timestamptz,
  acknowledged_at timestamptz,
  answered_by_phone_at timestamptz,
  revocation_requested_at timestamptz,
  revocation_refused_at timestamptz,
  -- What indexes ask for instead of the state, which changes three times in the first second: a row whose indexed columns
  -- stay as they are is changed in its page and in no index.
  is_open boolean not null generated always as (state not in ('declined', 'closed', 'revoked')) stored
) with (fillfactor = 70);
-- One open referral per case and agency.
create unique index referrals_open_once on referrals (case_id, peer) where is_open;
create index referrals_by_age on referrals (created_at desc, id desc);
create index referrals_open on referrals (created_at desc, id desc) where is_open;
create index referrals_by_case on referrals (case_id);

grant usage on all sequences in schema public to $app$;
grant select, update on agencies to $app$;
grant select, insert, update on calls, cases, referrals to $app$;
grant select, insert on case_calls to $app$;
