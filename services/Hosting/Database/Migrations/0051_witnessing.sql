-- Witnessing: what this party has cosigned of its peers' logs, what peers have cosigned of its own, and proof of lies.

-- What this party remembers of a peer's log; the last row of an origin counts. The first is an enrolment, made by a person.
-- Without a row nothing is cosigned: a witness that lost its memory does not start again by itself.
create table audit.witness_heads (
  id bigint generated always as identity primary key,
  origin text not null,
  size bigint not null check (size >= 0),
  root bytea not null,
  -- The log's signed checkpoint; empty where a log was enrolled before its first.
  note text not null,
  at timestamptz not null,
  enrolled_by text
);
create index witness_heads_by_origin on audit.witness_heads (origin, id desc);
create index witness_heads_by_size on audit.witness_heads (origin, size);

-- Checkpoints of peers that came inside their receipts.
create table audit.seen_heads (
  origin text not null,
  size bigint not null,
  root bytea not null,
  note text not null,
  at timestamptz not null,
  primary key (origin, size, root)
);

create table audit.cosignatures (
  epoch integer not null,
  size bigint not null,
  witness text not null,
  at timestamptz not null,
  line text not null,
  primary key (epoch, size, witness, at)
);

-- Two heads that one log signed and that cannot both be true. Never deleted.
create table audit.evidence (
  id uuid primary key,
  at timestamptz not null,
  -- Whose log.
  party text not null,
  -- Who found out.
  witness text not null,
  code text not null,
  held text not null,
  presented text not null
);

grant select, insert on audit.witness_heads, audit.seen_heads, audit.cosignatures, audit.evidence to $app$;
