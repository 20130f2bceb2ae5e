using Hotline.Contracts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>A file as an officer had read it before the one in force came.</summary>
/// <param name="ReadAt">When the officer last read it, UTC.</param>
public sealed record EarlierFile(CaseFile File, DateTimeOffset ReadAt);

/// <summary>
/// What the officer knew before: asked for beside <see cref="ReadContent.OpenAsync"/>, under the record of that opening.
/// Null where the officer has read nothing older than the file in force.
/// </summary>
static class ReadEarlierFile
{
    public static async Task<EarlierFile?> FindAsync(Guid referral, string alias, NpgsqlDataSource database, DataKeys keys, CancellationToken cancel)
    {
        if (await StoredAsync(referral, alias, database, cancel) is not { } stored)
            return null;
        var key = await keys.GetAsync(stored.Key, cancel);
        var body = Received.ReadBody(SignedMessage.PayloadOf(key.OpenSigned(stored.SealedJws, InboxCell.Of(stored.Jti))));
        return new EarlierFile(ReadContent.FileOf(body), stored.ReadAt);
    }

    sealed record Stored(Guid Jti, Guid Key, byte[] SealedJws, DateTimeOffset ReadAt);

    /// <summary>The newest file that had come when the officer last read one that is not the one in force.</summary>
    static async Task<Stored?> StoredAsync(Guid referral, string alias, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select e.jti, e.key_id, e.sealed_jws, h.at
            from referrals r
              join inbox f on f.iss = r.peer and f.jti = r.file_jti
              cross join lateral (
                select at from referral_history where referral_id = r.id and event = 'content.opened' and actor = $2 and at < f.received_at order by id desc limit 1) h
              cross join lateral (
                select jti, key_id, sealed_jws from inbox where referral_id = r.id and kind in ('referral.sent', 'referral.updated') and received_at <= h.at
                order by epoch desc, seq desc limit 1) e
            where r.id = $1
            """);
        command.Parameters.Add(Sql.Parameter(referral));
        command.Parameters.Add(Sql.Parameter(alias));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new Stored(reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<byte[]>(2), reader.Time(3)) : null;
    }
}
