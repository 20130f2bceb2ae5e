using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// The outbox. Purpose: a sealed message is durable in the same transaction as what it reports. Must stay true: a row
/// goes only after the broker's confirm, or when its referral is withdrawn before it was sent; a row without a body stands
/// only for what can be sealed again, a kept message or the receipt of one in the inbox.
/// </summary>
public static class Outbox
{
    const string Statement =
        """
        insert into outbox (message_id, receiver, kind, referral_id, answers, body, not_before, rank)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[], $8::int[])
        """;

    public static NpgsqlBatchCommand Insert(Guid messageId, string receiver, string kind, Guid? referral, string sealedBody) =>
        Rows.Of(Statement, messageId, receiver, kind, referral, null, sealedBody, null, RankOf(kind));

    /// <summary>A row whose body this process holds, see <see cref="OutboxBodies"/>.</summary>
    /// <param name="answers">Of a receipt: the message that it answers.</param>
    public static NpgsqlBatchCommand InsertAtHand(Guid messageId, string receiver, string kind, Guid? referral, Guid? answers, DateTimeOffset now) =>
        Rows.Of(Statement, messageId, receiver, kind, referral, answers, null, now + OutboxBodies.AtHand, RankOf(kind));

    /// <summary>Whether the command puts a message into the outbox.</summary>
    public static bool IsIn(NpgsqlBatchCommand command) => command.CommandText == Statement;

    /// <summary>Of these there are thousands at once, and they wait: they are stored whole.</summary>
    public static bool LeavesAtOnce(string kind) => RankOf(kind) == 0;

    /// <summary>0 goes first. A ladder that advances tells of itself by the thousand; somebody's answer must not wait for that.</summary>
    static int RankOf(string kind) => kind == Kinds.EscalationAdvanced ? 1 : 0;
}
