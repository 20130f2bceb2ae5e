-- Probes leave no trace after a week (escalation.md, "Watch at the hub"). Whoever runs a host may delete nothing of a
-- referral: this function may, and only of probes.
create function forget_probes(older_than timestamptz) returns integer language plpgsql security definer set search_path = public as $body$
declare gone uuid[];
begin
  select array_agg(r.id) into gone from referrals r
  -- The first 48 bits of an id are its milliseconds (RFC 9562, section 5.7).
  where r.class = 'probe' and to_timestamp(('x' || left(replace(r.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) < older_than;
  delete from page_attempts where escalation_id in (select id from escalations where subject_id = any(gone));
  delete from escalations where subject_id = any(gone);
  delete from outbox where referral_id = any(gone);
  delete from inbox where referral_id = any(gone);
  delete from sent_messages where referral_id = any(gone);
  delete from referrals where id = any(gone);
  return coalesce(array_length(gone, 1), 0);
end
$body$;
revoke all on function forget_probes(timestamptz) from public;
grant execute on function forget_probes(timestamptz) to $app$;
