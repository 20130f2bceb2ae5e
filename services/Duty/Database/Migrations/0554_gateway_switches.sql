-- Gateways that an administrator took out of use; one that is not here is in use.
create table gateway_switches (
  gateway text primary key,
  changed_by text not null,
  changed_at timestamptz not null
);
grant select, insert, delete on gateway_switches to $app$;
