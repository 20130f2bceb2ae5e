using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Referrals;

/// <summary>
/// The columns of <c>referrals</c> that the hub and every agency have alike: what messages need. It is always read
/// <c>for update</c>, in the order of ids (architecture.md, "Lock order").
/// </summary>
public sealed class ReferralRow
{
    public required Guid Id { get; init; }

    /// <summary>The data key that everything of this referral is sealed under, at this party.</summary>
    public required Guid KeyId { get; init; }

    /// <summary>The party at the other end.</summary>
    public required string Peer { get; init; }
    public required string Class { get; init; }
    public required ReferralState State { get; set; }
    public required long Version { get; set; }

    /// <summary>The last seq that this party gave out in its present epoch.</summary>
    public required int SentEpoch { get; set; }
    public required long SentSeq { get; set; }

    /// <summary>The peer's message with the highest (epoch, seq) that has taken effect.</summary>
    public required int PeerEpoch { get; set; }
    public required long PeerSeq { get; set; }

    /// <summary>0 until the referral itself is there: a message of it may come first.</summary>
    public required int FileVersion { get; set; }

    /// <summary>True while nothing has changed that a person's version must miss: then the version stays.</summary>
    public bool? Unseen { get; set; }

    public bool IsNewer(int epoch, long seq) => (epoch, seq).CompareTo((PeerEpoch, PeerSeq)) > 0;

    public const string Columns =
        "id, key_id, peer, class, state, version, sent_epoch, sent_seq, peer_epoch, peer_seq, file_version";

    public static ReferralRow Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        KeyId = reader.GetGuid(1),
        Peer = reader.GetString(2),
        Class = reader.GetString(3),
        State = reader.GetString(4).ToState(),
        Version = reader.GetInt64(5),
        SentEpoch = reader.GetInt32(6),
        SentSeq = reader.GetInt64(7),
        PeerEpoch = reader.GetInt32(8),
        PeerSeq = reader.GetInt64(9),
        FileVersion = reader.GetInt32(10),
    };

    /// <summary>Locks and reads the referrals of a batch, sorted by id.</summary>
    public static NpgsqlBatchCommand Lock(IEnumerable<Guid> ids) =>
        Sql.Command($"select {Columns} from referrals where id = any($1) order by id for update", ids.Distinct().Order().ToArray());

    /// <summary>Writes back what messages change; the version goes up by one, unless all of it is <see cref="Unseen"/>.</summary>
    /// <param name="asNewVersion">False where nobody's picture of the referral is wrong by it: its file was read.</param>
    public NpgsqlBatchCommand Save(bool asNewVersion = true)
    {
        if (asNewVersion && Unseen != true)
            Version++;
        return Rows.Of(
            """
            update referrals r set state = n.state, version = n.version, sent_epoch = n.sent_epoch, sent_seq = n.sent_seq,
              peer_epoch = n.peer_epoch, peer_seq = n.peer_seq, file_version = n.file_version
            from unnest($1::uuid[], $2::text[], $3::bigint[], $4::int[], $5::bigint[], $6::int[], $7::bigint[], $8::int[])
              as n(id, state, version, sent_epoch, sent_seq, peer_epoch, peer_seq, file_version)
            where r.id = n.id
            """,
            Id, State.ToText(), Version, SentEpoch, SentSeq, PeerEpoch, PeerSeq, FileVersion);
    }

    /// <summary>Writes back what sending a message changes. A version that people see goes up only with <paramref name="visible"/>.</summary>
    public NpgsqlBatchCommand SaveSent(bool visible)
    {
        Version += visible ? 1 : 0;
        return Rows.Of(
            """
            update referrals r set version = n.version, sent_epoch = n.sent_epoch, sent_seq = n.sent_seq
            from unnest($1::uuid[], $2::bigint[], $3::int[], $4::bigint[]) as n(id, version, sent_epoch, sent_seq) where r.id = n.id
            """,
            Id, Version, SentEpoch, SentSeq);
    }

    /// <summary>One line of the referral's history, and its audit record: neither is ever written without the other.</summary>
    /// <param name="jti">The message that holds the words of the event, where there is one.</param>
    /// <param name="record">What the record says beyond the line: another kind, hashes, the case.</param>
    public NpgsqlBatchCommand History(string happened, string actor, DateTimeOffset at, Guid? jti, AuditRecord? record = null)
    {
        record = (record ?? new AuditRecord { Kind = happened, At = at, Actor = actor }) with { Referral = Id, Jti = jti, Key = KeyId };
        return Rows.Of(
            """
            with given as (
              select nextval('referral_history_id_seq') as id, n.*
              from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::text[])
                as n(referral_id, at, event, actor, state, jti, recorded_at, record)),
            line as (
              insert into referral_history (id, referral_id, at, event, actor, state, jti) overriding system value
              select id, referral_id, at, event, actor, state, jti from given)
            insert into audit.records (at, leaf, history_id) select recorded_at, record, id from given
            """,
            Id, at, happened, actor, State.ToText(), jti, record.At, record.ToText());
    }
}
