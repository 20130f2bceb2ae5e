-- Acknowledged again after a word of progress of somebody before: silence was no longer watched. From now on it is.
update escalations set progressed_at = null, next_due_at = hotline_now() + interval '30 minutes'
where status = 'acknowledged' and next_due_at is null and progressed_at < acknowledged_at and urgency <> 'P3';
