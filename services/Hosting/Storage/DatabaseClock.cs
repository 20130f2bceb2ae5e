using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>
/// The clock that counts: the database's, through <c>hotline_now()</c>. Asked at most once a second; between two
/// questions the process's monotonic clock is added, so that a node's wrong wall clock changes nothing.
/// </summary>
/// <remarks>
/// An answer tells the time somewhere between the question and its return. What is known already is kept while it lies
/// in between: otherwise one slow answer would set this clock back by its delay, and what other services send in that
/// second would seem to come from the future.
/// </remarks>
/// <param name="database">Of the clock's own: who asks the time may hold a connection already, and must not wait for another of the same pool.</param>
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
            var asked = time.GetTimestamp();
            var earliest = await AskAsync(cancel);
            var answered = time.GetTimestamp();
            var latest = earliest + time.GetElapsedTime(asked, answered);
            var known = reading?.At + time.GetElapsedTime(reading?.Stamp ?? answered, answered);
            last = reading = new Reading(known >= earliest && known <= latest ? known.Value : earliest, answered);
        }
        return reading.At + time.GetElapsedTime(reading.Stamp);
    }

    async Task<DateTimeOffset> AskAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select hotline_now()");
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
    }
}
