-- A hand-over is of everything that is open: unfinished calls of who leaves, and a word to who comes.
alter table hand_overs
  add column draft_ids uuid[] not null default '{}',
  -- Sealed with the key outside the database.
  add column note bytea;
-- Signed again before anybody took it over: one hand-over, as it stands now.
delete from hand_overs h using hand_overs later where h.taken_by is null and later.taken_by is null and later.given_by = h.given_by and (later.given_at, later.id) > (h.given_at, h.id);
create unique index hand_overs_open on hand_overs (given_by) where taken_by is null;
create index hand_overs_taken on hand_overs (taken_by, taken_at) where taken_by is not null;
