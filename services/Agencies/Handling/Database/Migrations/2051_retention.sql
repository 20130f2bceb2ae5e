-- A proposal; each agency decides for itself.
insert into retention_rules (record_kind, keep_for, action, changed_by) values ('referral', interval '3650 days', 'propose-shredding', 'default');
alter table referrals add shredded_at timestamptz;
