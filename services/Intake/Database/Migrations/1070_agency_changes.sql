-- Who changed an agency's row, when, and what it was until then: for those who administer, and for an undo to go back to.
create table agency_changes (
  id uuid primary key,
  agency text not null references agencies,
  at timestamptz not null,
  -- Alias of the administrator.
  by text not null,
  name_vi text not null,
  name_en text not null,
  enabled boolean not null
);
create index agency_changes_by_agency on agency_changes (agency, at desc);
grant select, insert on agency_changes to $app$;
