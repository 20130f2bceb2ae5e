-- A probe through each agency every five minutes: the only honest check that a referral would get through.
create table probes (
  agency text primary key references agencies,
  -- The one on its way.
  referral_id uuid,
  sent_at timestamptz,
  next_at timestamptz not null,
  -- The last that came back with its page.
  answered_at timestamptz,
  lost_since timestamptz,
  -- For the one audit record a day.
  counted_on date not null,
  answered_count integer not null default 0,
  key_id uuid
);
create index referrals_probes on referrals (id) where class = 'probe';
grant select, insert, update on probes to $app$;
