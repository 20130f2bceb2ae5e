-- Up to where a witness has cosigned is one look, however long it has been away and however much the others cosigned meanwhile.
create index cosignatures_by_witness on audit.cosignatures (epoch, witness, size desc);
