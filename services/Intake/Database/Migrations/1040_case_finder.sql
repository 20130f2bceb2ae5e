-- Where to look for a person: keyed, short blind indexes of the folded full name, of each word of it, of the year of
-- birth and the province. Many values share each; the candidates are opened and compared. Apart from the calls, so that
-- autosave rewrites them only when a name changes.
create table call_terms (
  call_id uuid primary key references calls,
  terms integer[] not null
);
create index call_terms_by_term on call_terms using gin (terms);
grant select, insert, update on call_terms to $app$;
