-- After a restore: two persons' signed word that the log begins anew. Written by the command line, sent to the witnesses.
alter table audit.epochs add column reopening text;
