-- The Merkle log over audit.records (audit.md). A record is written with its change, without an index that could make it
-- wait; the sequencer gives it an index, a leaf and hashes afterwards. Hosts add and read here, and can do nothing else.

-- The line of a referral's history that a record is about: the leaf commits to it.
alter table audit.records add column history_id bigint;
-- Order of arrival at no price: a range of pages, not an entry a row.
create index records_by_arrival on audit.records using brin (id) with (pages_per_range = 16, autosummarize = on);

-- A log that was restored from a backup begins anew, under the next epoch: its old end may be known elsewhere already.
create table audit.epochs (
  epoch integer primary key check (epoch > 0),
  opened_at timestamptz not null
);
insert into audit.epochs values (1, hotline_now());

create table audit.leaves (
  epoch integer not null references audit.epochs,
  index bigint not null check (index >= 0),
  record_id bigint not null,
  at timestamptz not null,
  kind text not null,
  actor text not null,
  -- Pseudonym of the case, call or referral.
  subject text,
  -- Canonical JSON: exactly these bytes are hashed.
  leaf text not null,
  hash bytea not null,
  primary key (epoch, index)
);
create unique index leaves_by_record on audit.leaves (record_id);
create index leaves_by_subject on audit.leaves (subject) where subject is not null;
create index leaves_by_actor on audit.leaves (actor, at);
create index leaves_by_time on audit.leaves using brin (at);

-- Roots of complete subtrees of two and more leaves, so that every proof is a few rows.
create table audit.nodes (
  epoch integer not null,
  level smallint not null check (level > 0),
  index bigint not null,
  hash bytea not null,
  primary key (epoch, level, index)
);

create table audit.checkpoints (
  id bigint generated always as identity primary key,
  epoch integer not null,
  size bigint not null,
  root bytea not null,
  note text not null,
  signed_at timestamptz not null,
  -- No record up to this one can come any more: the sequencer need not look there again.
  sequenced_through bigint not null
);
create index checkpoints_by_size on audit.checkpoints (epoch, size);

-- What was written before there was a log enters it now.
insert into audit.records (at, leaf, history_id)
select h.at, json_build_object('kind', h.event, 'actor', h.actor, 'referral', h.referral_id, 'jti', h.jti, 'key', r.key_id)::text, h.id
from referral_history h left join (select distinct on (referral_id) referral_id, key_id from (
  select referral_id, key_id from sent_messages union all select referral_id, key_id from inbox) k) r on r.referral_id = h.referral_id
order by h.id;

-- A line of history and its record are written in one statement, which numbers the line itself.
grant usage on sequence referral_history_id_seq to $app$;
grant select on audit.epochs to $app$;
grant select, insert on audit.leaves, audit.nodes, audit.checkpoints to $app$;
