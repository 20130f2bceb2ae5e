-- The clock of everything with a deadline. In a production database it is the server's and nothing else; the movable one
-- exists only in databases that were created for exercises, and there only the owner moves it.
do $body$
begin
  if '$exercise$' = 'true' then
    create table exercise_clock (only_row boolean primary key default true check (only_row), ahead interval not null default '0');
    insert into exercise_clock default values;
    execute 'create function hotline_now() returns timestamptz language sql stable security definer set search_path = public as '
      || quote_literal('select clock_timestamp() + ahead from exercise_clock');
  else
    execute 'create function hotline_now() returns timestamptz language sql volatile as ' || quote_literal('select clock_timestamp()');
  end if;
end
$body$;
