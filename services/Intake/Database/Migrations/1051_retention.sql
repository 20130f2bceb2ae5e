-- Proposals; the owner of the line decides. A call that gave no case is nobody's file; a case needs two persons.
insert into retention_rules (record_kind, keep_for, action, changed_by) values
  ('call-without-case', interval '365 days', 'shred', 'default'),
  ('case', interval '3650 days', 'propose-shredding', 'default');
alter table calls add shredded_at timestamptz;
alter table cases add shredded_at timestamptz;
create index calls_kept on calls (created_at) where shredded_at is null;
grant delete on call_terms to $app$;
