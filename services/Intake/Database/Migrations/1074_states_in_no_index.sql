-- queued, sent and delivered follow within a second, and a row whose indexed columns stay as they are is changed in its
-- page and in no index (1000). Two later indexes asked for the state: each of these changes wrote all eight anew.
alter table referrals add column is_declined boolean not null generated always as (state = 'declined') stored;
drop index referrals_declined;
create index referrals_declined on referrals (created_at desc) where is_declined;
drop index referrals_open_once;
create unique index referrals_open_once on referrals (case_id, peer) where is_open and not reopened;
