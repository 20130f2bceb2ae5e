-- Pages are ordered in the transaction that holds their escalation's row, and forget_probes deletes both: the question of
-- each page whether its escalation is there, five times for a referral, tells nothing.
alter table page_attempts drop constraint page_attempts_escalation_id_fkey;
