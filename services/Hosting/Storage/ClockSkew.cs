using Hotline.Hosting.Messages;
using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>
/// Compares this node's wall clock with the database server's, once a minute. Deadlines do not depend on it, one-time
/// codes, certificates and log lines do: where it is wrong, the alarm <c>clock.skew</c> is raised.
/// </summary>
public sealed class ClockSkew(NpgsqlDataSource database, DatabaseClock clock, TimeProvider time, Party party)
{
    /// <summary>One-time codes are good for half a minute.</summary>
    public static TimeSpan Allowed { get; } = TimeSpan.FromSeconds(30);

    static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    long? lookedAt;

    public async Task LookAsync(CancellationToken cancel)
    {
        if (lookedAt is { } last && time.GetElapsedTime(last) < Every)
            return;
        lookedAt = time.GetTimestamp();
        var own = time.GetUtcNow();
        // Not hotline_now(): an exercise may have moved that.
        await using var command = database.CreateCommand("select clock_timestamp()");
        var off = own - new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
        if (off.Duration() <= Allowed)
            return;
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Alarm.Raise("clock.skew", party.Name, null, null, await clock.NowAsync(cancel)));
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
