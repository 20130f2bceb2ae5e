-- An answer stands until somebody is asked anew: by a raised urgency, a hand-back, or pages that go out again.
alter table referrals
  -- The last one, written or spoken; acknowledged_at is the first.
  add column answered_at timestamptz,
  add column asked_anew_at timestamptz;
-- Null where an answer stands, or the first one is waited for.
alter table referrals
  add column unanswered_since timestamptz generated always as (case when answered_at is null or answered_at < asked_anew_at then asked_anew_at end) stored;
update referrals set answered_at = greatest(acknowledged_at, answered_by_phone_at) where is_open and (acknowledged_at is not null or answered_by_phone_at is not null);
-- Handed back before this was kept, or open again after the watch had left it.
update referrals set asked_anew_at = hotline_now(), watch_due_at = hotline_now() where state = 'delivered' and acknowledged_at is not null and class <> 'probe';
update referrals set watch_due_at = hotline_now() where is_open and watch_due_at is null and class <> 'probe';
