-- The key store is kept twice, each copy in a database of its own. A destroyed key stays destroyed in both: its tombstone wins
-- over any key that a copy, a repair or somebody with a dump brings back.
create table destroyed_keys (
  id uuid primary key,
  -- The case, call or referral: what a restored case database says of it is wiped again.
  subject uuid not null,
  destroyed_at timestamptz not null default clock_timestamp()
);

-- What took a key away and was no shredding was damage: kept for seven days, out of the hosts' reach.
create table key_history (
  id uuid not null,
  wrapped bytea not null,
  lost_at timestamptz not null default clock_timestamp()
);
create index key_history_by_id on key_history (id);
create index key_history_by_age on key_history (lost_at);

create function refuse_destroyed_key() returns trigger language plpgsql security definer set search_path = public as $body$
begin
  return case when exists (select from destroyed_keys d where d.id = new.id) then null else new end;
end $body$;
create trigger refuse_destroyed_key before insert on data_keys for each row execute function refuse_destroyed_key();

create function keep_lost_key() returns trigger language plpgsql security definer set search_path = public as $body$
begin
  if tg_op = 'TRUNCATE' then
    insert into key_history (id, wrapped) select id, wrapped from data_keys;
  elsif not exists (select from destroyed_keys d where d.id = old.id) then
    insert into key_history (id, wrapped) values (old.id, old.wrapped);
  end if;
  return null;
end $body$;
create trigger keep_lost_key after delete or update on data_keys for each row execute function keep_lost_key();
create trigger keep_lost_keys before truncate on data_keys for each statement execute function keep_lost_key();

-- The only way in which a host takes a key away.
create function destroy_keys(ids uuid[], about uuid) returns void language sql security definer set search_path = public as $body$
  insert into destroyed_keys (id, subject) select unnest(ids), about on conflict do nothing;
  delete from data_keys where id = any(ids);
  delete from key_history where id = any(ids);
$body$;

create function forget_key_history() returns void language sql security definer set search_path = public as $body$
  delete from key_history where lost_at < clock_timestamp() - interval '7 days';
$body$;

-- What was deleted leaves the pages soon, not when a million more have been deleted.
alter table data_keys set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1);
alter table key_history set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1);

revoke delete on data_keys from $app$;
revoke all on function destroy_keys(uuid[], uuid), forget_key_history() from public;
grant execute on function destroy_keys(uuid[], uuid), forget_key_history() to $app$;
grant select on destroyed_keys to $app$;
