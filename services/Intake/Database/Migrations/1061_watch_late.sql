-- Something of the referral is late: as soon as anything of it changes, the watch looks again. Until then it need not.
alter table referrals add column watch_late boolean not null default false;
update referrals r set watch_late = true where exists (select from watch_items w where w.referral_id = r.id and w.cleared_at is null);

create function look_at_late_again() returns trigger language plpgsql as $body$
begin
  new.watch_due_at := hotline_now();
  return new;
end
$body$;
create trigger referrals_late_again before update on referrals for each row
  when (old.watch_late and old.watch_due_at is not null and new.watch_due_at is not distinct from old.watch_due_at
    and (new.state is distinct from old.state or new.first_paged_at is distinct from old.first_paged_at or new.urgency is distinct from old.urgency
      or new.answered_by_phone_at is distinct from old.answered_by_phone_at))
  execute function look_at_late_again();
