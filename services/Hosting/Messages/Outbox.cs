using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// The outbox. Purpose: a sealed message is durable in the same transaction as what it reports. Must stay true: a row
/// goes only after the broker's confirm, or when its referral is withdrawn before it was sent.
/// </summary>
public static class Outbox
{
    const string Statement =
        """
        insert into outbox (message_id, receiver, kind, referral_id, body, rank)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::int[])
        """;

    public static NpgsqlBatchCommand Insert(Guid messageId, string receiver, string kind, Guid? referral, string sealedBody) =>
        Rows.Of(Statement, messageId, receiver, kind, referral, sealedBody, RankOf(kind));

    /// <summary>Whether the command puts a message into the outbox.</summary>
    public static bool IsIn(NpgsqlBatchCommand command) => command.CommandText == Statement;

    /// <summary>0 goes first. A ladder that advances tells of itself by the thousand; somebody's answer must not wait for that.</summary>
    static int RankOf(string kind) => kind == Kinds.EscalationAdvanced ? 1 : 0;
}
