-- A referral that is acknowledged and accepted is changed in its page and in no index, as at the hub (1074). It leaves
-- the index of what is open when it ends.
alter table referrals add column is_open boolean not null generated always as (state not in ('declined', 'closed', 'revoked')) stored;
drop index referrals_by_deadline;
create index referrals_by_deadline on referrals (acknowledge_by, id) where is_open;
