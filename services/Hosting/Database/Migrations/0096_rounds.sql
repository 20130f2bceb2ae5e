-- Asked once a second by every host; without these the answer is a walk through all that the last minutes left behind.
create index outbox_parked on outbox (parked_at) where parked_at is not null;

-- In place of the index of page ranges: it knows the newest pages only after a vacuum, and they alone are asked for.
drop index audit.records_by_arrival;
create unique index records_by_arrival on audit.records (id);
