-- What a person did goes before what only tells how far pages have come: an answer is never stuck behind thousands of those.
alter table outbox add column rank smallint not null default 0;
update outbox set rank = 1 where kind = 'escalation.advanced';
create index outbox_in_order on outbox (rank, id) where parked_at is null;
