-- A row above the target is made smaller by its receipt, which is mostly padding: two rows a page instead of one.
alter table inbox set (toast_tuple_target = 6000);
