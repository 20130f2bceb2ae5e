-- What can be sealed again from what is kept beside it is not stored a second time: the row of such a message has no body.
-- The process that wrote it has it at hand until not_before; after that it is sealed again (Messages/Resender.cs).
alter table outbox alter column body drop not null;
-- Of a receipt: the message that it answers, in the inbox, where the signed receipt is.
alter table outbox add column answers uuid;
create index outbox_without_body on outbox (not_before) where body is null;
