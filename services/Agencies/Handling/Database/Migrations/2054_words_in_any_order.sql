-- Where in the hub's order its last spoken answer stands, and the last raised urgency: whichever is later counts, whatever
-- the order of their arrival.
alter table referrals
  add column answered_epoch integer not null default 0, add column answered_seq bigint not null default 0,
  add column raised_epoch integer not null default 0, add column raised_seq bigint not null default 0;
update referrals set answered_epoch = peer_epoch, answered_seq = peer_seq where answered_by_phone_at is not null;
