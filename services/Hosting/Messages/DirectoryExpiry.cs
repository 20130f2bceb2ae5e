using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Raises the alarm <c>directory.expires</c> two weeks before the key directory does, and clears it when there is a renewed
/// one. After it the line goes on with the keys that it has, and takes no new ones (protocol.md, "Keys").
/// </summary>
public sealed class DirectoryExpiry(NpgsqlDataSource database, Envelope envelope, DatabaseClock clock, TimeProvider time, Party party)
{
    public static TimeSpan Ahead { get; } = TimeSpan.FromDays(14);

    static readonly TimeSpan Every = TimeSpan.FromHours(1);

    (long At, int Version)? looked;

    public async Task LookAsync(CancellationToken cancel)
    {
        if (looked is { } last && last.Version == envelope.Directory.Version && time.GetElapsedTime(last.At) < Every)
            return;
        var directory = envelope.Directory;
        var now = await clock.NowAsync(cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(directory.Expires - Ahead <= now
            ? Alarm.Raise("directory.expires", party.Name, null, null, now)
            : Sql.Command("update alarms set cleared_at = $1 where code = 'directory.expires' and party = $2 and cleared_at is null", now, party.Name));
        await batch.ExecuteNonQueryAsync(cancel);
        looked = (time.GetTimestamp(), directory.Version);
    }
}
