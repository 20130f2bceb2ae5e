-- What is parked is tried again after a while.
alter table escalations drop constraint escalations_check, add constraint escalations_check check ((status = 'ended') <= (next_due_at is null));
update escalations set next_due_at = hotline_now() where status = 'parked';
