-- An agency: the referrals it holds. Their content is in the inbox, sealed; here is what lists and rules need.

create table referrals (
  id uuid primary key,
  -- Null until referral.sent is there: a note or a revocation may overtake it.
  reference text,
  case_code text,
  peer text not null default 'intake',
  class text not null,
  urgency text,
  province_code text,
  province_list text,
  desk text,
  purpose text,
  ground text,
  -- The handling unit: central, or the code of the province whose desk has it.
  unit text not null default 'central',
  assigned_to uuid references accounts,
  key_id uuid not null,
  state text not null check (state in ('delivered', 'acknowledged', 'accepted', 'declined', 'closed', 'revoked')),
  version bigint not null default 1,
  -- The message that holds the file in force, and its place in order.
  file_version integer not null default 0,
  file_jti uuid,
  file_epoch integer not null default 0,
  file_seq bigint not null default 0,
  sent_epoch integer not null default 1,
  sent_seq bigint not null default 0,
  peer_epoch integer not null default 0,
  peer_seq bigint not null default 0,
  referred_at timestamptz,
  received_at timestamptz not null,
  acknowledge_by timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by uuid references accounts,
  answered_by_phone_at timestamptz,
  revocation_requested_at timestamptz,
  -- Consent was withdrawn and no other ground holds: the content opens no more.
  content_closed_at timestamptz
);
create index referrals_by_deadline on referrals (acknowledge_by, id) where state not in ('declined', 'closed', 'revoked');
create index referrals_by_age on referrals (received_at desc, id desc);

grant select, insert, update on referrals to $app$;
