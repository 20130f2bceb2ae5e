-- The supervisor looks for records of one kind.
create index leaves_by_kind on audit.leaves (kind, epoch, index);
