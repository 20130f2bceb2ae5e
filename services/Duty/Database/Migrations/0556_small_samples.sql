-- Found by their keys and by when they are due; see the services' 0099_small_samples.sql.
do $$
declare c record;
begin
  for c in
    select attrelid::regclass as name, attname from pg_attribute
    where attrelid in ('escalations'::regclass, 'page_attempts'::regclass) and attnum > 0 and not attisdropped
  loop
    execute format('alter table %s alter column %I set statistics 10', c.name, c.attname);
  end loop;
end $$;
