-- A replay answers as the first answer did: not only with the id, but with the version and the state of then.
alter table idempotency_keys add column version bigint, add column state text;
