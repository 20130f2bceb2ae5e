using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>What an administrator must see. A repeated alarm counts up in its open row, so that a storm stays one line.</summary>
public static class Alarm
{
    public static NpgsqlBatchCommand Raise(string code, string? party, Guid? referral, Guid? message, DateTimeOffset now) => Sql.Command(
        """
        insert into alarms (id, code, party, referral_id, message_id, raised_at, last_at) values ($1, $2, $3, $4, $5, $6, $6)
        on conflict (code, party, coalesce(referral_id, '00000000-0000-0000-0000-000000000000')) where cleared_at is null
        do update set last_at = excluded.last_at, message_id = excluded.message_id, count = alarms.count + 1
        """,
        Guid.CreateVersion7(now), code, party ?? string.Empty, referral, message, now);
}
