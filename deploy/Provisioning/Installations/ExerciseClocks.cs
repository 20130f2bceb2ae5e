using System.Diagnostics;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>
/// Makes the time of an exercise pass faster: moves the clocks of all its databases, together and only forward, so that
/// the hours of a ladder pass in minutes. A production database has no clock that could be moved.
/// </summary>
public static class ExerciseClocks
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <param name="times">Seconds of the databases for each second; 2 or more.</param>
    /// <exception cref="ProvisioningException">One of the databases is of a production hotline (<c>drill.in-production</c>).</exception>
    public static async Task RunAsync(InstallationPlan plan, int times, CancellationToken cancellation)
    {
        var databases = Installation.Open(plan).Parties.Values.Select(party => NpgsqlDataSource.Create(party.Databases.Owner + ";Maximum Pool Size=1")).ToList();
        try
        {
            var (ahead, started) = (await AheadAsync(databases, cancellation), Stopwatch.GetTimestamp());
            while (!cancellation.IsCancellationRequested)
            {
                var now = ahead + Stopwatch.GetElapsedTime(started) * (times - 1);
                await Task.WhenAll(databases.Select(database => MoveAsync(database, now, cancellation)));
                await Task.Delay(Every, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The exercise is over; its clocks go on from where they are.
        }
        finally
        {
            foreach (var database in databases)
                await database.DisposeAsync();
        }
    }

    /// <summary>How far the foremost is ahead: from there they go on together.</summary>
    static async Task<TimeSpan> AheadAsync(IEnumerable<NpgsqlDataSource> databases, CancellationToken cancellation)
    {
        var foremost = TimeSpan.Zero;
        foreach (var database in databases)
        {
            await using var movable = database.CreateCommand("select to_regclass('exercise_clock') is not null");
            if (await movable.ExecuteScalarAsync(cancellation) is not true)
                throw new ProvisioningException("drill.in-production: the clock of a production database cannot be moved.");
            await using var command = database.CreateCommand("select ahead from exercise_clock");
            if (await command.ExecuteScalarAsync(cancellation) is TimeSpan ahead && ahead > foremost)
                foremost = ahead;
        }
        return foremost;
    }

    static async Task MoveAsync(NpgsqlDataSource database, TimeSpan ahead, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("update exercise_clock set ahead = $1 where ahead < $1");
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = ahead });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
