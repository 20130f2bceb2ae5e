-- Peers that the whole inventory could not be stated to, because they had no key: they get it whole at the next turn.
alter table party_state add column inventory_owed text[] not null default '{}';
