using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// The outbox. Purpose: a sealed message is durable in the same transaction as what it reports. Must stay true: a row
/// goes only after the broker's confirm, or when its referral is withdrawn before it was sent.
/// </summary>
public static class Outbox
{
    public static NpgsqlBatchCommand Insert(Guid messageId, string receiver, string kind, Guid? referral, string sealedBody) => Sql.Command(
        "insert into outbox (message_id, receiver, kind, referral_id, body) values ($1, $2, $3, $4, $5)",
        messageId, receiver, kind, referral, sealedBody);
}
