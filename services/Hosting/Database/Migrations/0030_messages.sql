-- Outbox, inbox and what was sent: the tables that make a hand-over durable (protocol.md, "Storing").

-- One row: what this database is to its peers. The epoch is raised when the database was restored from a backup.
create table party_state (
  only_row boolean primary key default true check (only_row),
  epoch integer not null default 1 check (epoch > 0),
  -- Null or past: this party states its inventory to its peers.
  inventory_due_at timestamptz,
  restored_at timestamptz,
  -- Null after a restore: the peers are still to be told the states that this database has now.
  restated_at timestamptz
);
insert into party_state default values;

-- Finished, sealed messages that the broker has not confirmed yet. A row goes when the confirm is there.
create table outbox (
  id bigint generated always as identity primary key,
  message_id uuid not null,
  receiver text not null,
  kind text not null,
  referral_id uuid,
  body text not null,
  created_at timestamptz not null default hotline_now(),
  not_before timestamptz,
  -- Came back from the broker as unroutable: kept, alarmed, tried again by the resender.
  parked_at timestamptz
);
create index outbox_by_message on outbox (message_id);
-- Sealed text does not shrink: no attempt to compress it, and a row stays in its page.
alter table outbox alter column body set storage external;
alter table outbox set (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Every message that must be receipted, sealed at rest, until its case is shredded.
create table sent_messages (
  jti uuid primary key,
  receiver text not null,
  kind text not null,
  referral_id uuid not null,
  epoch integer not null,
  seq bigint not null check (seq > 0),
  key_id uuid not null,
  sealed_jws bytea not null,
  signed_until timestamptz not null,
  -- SHA-256 of each JWE made of it: what a receipt may name.
  body_hashes bytea[] not null,
  created_at timestamptz not null,
  attempts integer not null default 0,
  next_send_at timestamptz,
  receipted_at timestamptz,
  receipt text,
  -- Taken back before it was sent: never sent again.
  withdrawn_at timestamptz,
  unique (referral_id, epoch, seq),
  check ((receipted_at is null and withdrawn_at is null) = (next_send_at is not null))
);
-- Out of line, so that the receipt's arrival does not copy the message. A receipt is mostly padding.
alter table sent_messages alter column sealed_jws set storage external;
alter table sent_messages alter column receipt set compression lz4;
create index sent_messages_due on sent_messages (next_send_at) where next_send_at is not null;

-- What was received, for ever: a duplicate finds its row and gets the stored receipt again.
create table inbox (
  iss text not null,
  jti uuid not null,
  kind text not null,
  referral_id uuid not null,
  epoch integer not null,
  seq bigint not null,
  body_sha256 bytea not null,
  key_id uuid not null,
  -- The signed message, sealed anew under this party's own key: content and evidence in one.
  sealed_jws bytea not null,
  receipt text not null,
  received_at timestamptz not null,
  primary key (iss, jti)
);
alter table inbox alter column sealed_jws set storage external;
alter table inbox alter column receipt set compression lz4;
alter table inbox set (toast_tuple_target = 8160);
create index inbox_by_referral on inbox (referral_id, epoch, seq);

-- What could not be opened, as it came. With retry_at: opened again then (a message from the future).
create table parked_messages (
  id uuid primary key,
  received_at timestamptz not null,
  claimed_issuer text,
  message_id uuid,
  code text not null,
  body bytea not null,
  body_sha256 bytea not null,
  retry_at timestamptz,
  settled_at timestamptz
);
create unique index parked_messages_once on parked_messages (body_sha256, code);
create index parked_messages_due on parked_messages (retry_at) where retry_at is not null and settled_at is null;

-- What an administrator must see; one open row for a code, a party and a referral.
create table alarms (
  id uuid primary key,
  code text not null,
  party text not null default '',
  referral_id uuid,
  message_id uuid,
  raised_at timestamptz not null,
  last_at timestamptz not null,
  count bigint not null default 1,
  cleared_at timestamptz
);
create unique index alarms_open on alarms (code, party, coalesce(referral_id, '00000000-0000-0000-0000-000000000000')) where cleared_at is null;

-- The accepted key directories; the highest version is in force.
create table key_directories (
  version integer primary key,
  token text not null,
  accepted_at timestamptz not null default hotline_now()
);

-- What happened to a referral, in order. The words of an event are in its message, sealed; here are codes only.
create table referral_history (
  id bigint generated always as identity primary key,
  referral_id uuid not null,
  at timestamptz not null,
  event text not null,
  actor text not null,
  state text not null,
  jti uuid
);
create index referral_history_by_referral on referral_history (referral_id, id);

grant select, update on party_state to $app$;
grant select, insert, update, delete on outbox to $app$;
grant select, insert, update on sent_messages to $app$;
grant select, insert on inbox to $app$;
grant select, insert, update on parked_messages to $app$;
grant select, insert, update on alarms to $app$;
grant select, insert on key_directories to $app$;
grant select, insert on referral_history to $app$;
