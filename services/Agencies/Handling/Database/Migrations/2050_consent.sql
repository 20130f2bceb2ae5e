-- The place in order of the withdrawal that closed the content: a file that was sent after it opens it again.
alter table referrals add content_closed_epoch integer not null default 0, add content_closed_seq bigint not null default 0;
