-- A referral that was over here can turn out to be open at its agency: the agency's database was restored, or the hub
-- withdrew what had in truth arrived. The agency's word stands, even where the operator has referred the case again.
alter table referrals add column reopened boolean not null default false;
drop index referrals_open_once;
create unique index referrals_open_once on referrals (case_id, peer) where state not in ('declined', 'closed', 'revoked') and not reopened;
