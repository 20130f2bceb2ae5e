-- A ladder is stored once for all escalations that it applies to; a row says when the hub is told next; a page's row is
-- in fewer indexes, because it changes often.

-- By its content: the ladder and the clocks of one urgency, never changed.
create table escalation_policies (
  id uuid primary key,
  content jsonb not null
);
grant select, insert on escalation_policies to $app$;

-- No foreign key: each step would lock the one row that all share.
alter table escalations add column policy_id uuid;
insert into escalation_policies select distinct md5(policy_snapshot::text)::uuid, policy_snapshot from escalations where policy_snapshot is not null;
update escalations set policy_id = md5(policy_snapshot::text)::uuid where policy_snapshot is not null;
alter table escalations drop column policy_snapshot;

-- When the hub is told what came of pages; set as long as one of them is not settled and told.
alter table escalations add column report_due_at timestamptz;
-- The hub does not know of the newest pages yet.
alter table escalations add column announce boolean not null default false;
update escalations e set report_due_at = hotline_now() where kind = 'referral' and class <> 'probe'
  and exists (select from page_attempts p where p.escalation_id = e.id and p.reported_at is null);
create index escalations_reports on escalations (report_due_at) where report_due_at is not null;

drop index page_attempts_unreported;
drop index page_attempts_by_target;
-- When a target was paged last on a channel, but for P0: bundles are made by it.
create table page_targets (
  target_id uuid not null,
  channel text not null,
  sent_at timestamptz not null,
  primary key (target_id, channel)
) with (fillfactor = 50);
grant select, insert, update on page_targets to $app$;
-- Room in each page for the row's next version.
alter table page_attempts set (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02);

-- Consoles are told when a page is ordered; one that was on its way counts as shown or not by its time.
update page_attempts set state = 'accepted-by-provider', gateway = 'console', due_at = hotline_now() where channel = 'console' and state in ('pending', 'sending');
