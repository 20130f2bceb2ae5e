-- Who changed a year's table, and when; what it held then is in calendar_days.
create table calendar_versions (
  year integer not null,
  version bigint not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (year, version)
);
grant select, insert on calendar_versions to $app$;
