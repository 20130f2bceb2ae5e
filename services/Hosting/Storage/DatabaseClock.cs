using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>
/// The clock that counts: the database's, through <c>hotline_now()</c>. Asked at most once a second; between two
/// questions the process's monotonic clock is added, so that a node's wrong wall clock changes nothing.
/// </summary>
public sealed class DatabaseClock(NpgsqlDataSource database, TimeProvider time)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    sealed record Reading(DateTimeOffset At, long Stamp);

    Reading? last;

    /// <summary>Now, UTC; at most one second behind a clock that was moved.</summary>
    public async ValueTask<DateTimeOffset> NowAsync(CancellationToken cancel)
    {
        var reading = last;
        if (reading is null || time.GetElapsedTime(reading.Stamp) > Fresh)
        {
            await using var command = database.CreateCommand("select hotline_now()");
            var at = (DateTime)(await command.ExecuteScalarAsync(cancel))!;
            last = reading = new Reading(new DateTimeOffset(at, TimeSpan.Zero), time.GetTimestamp());
        }
        return reading.At + time.GetElapsedTime(reading.Stamp);
    }
}
