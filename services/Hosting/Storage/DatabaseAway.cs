using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>
/// Tells a database that is away, or too busy, from one that refuses: the first is worth another try, and what was under
/// way may have been committed or not.
/// </summary>
public static class DatabaseAway
{
    public static bool Is(Exception failure) => failure switch
    {
        // 57P0x: shutting down or starting; 53xxx: out of resources; 40xxx: deadlock or serialization, tried again whole.
        PostgresException postgres => postgres.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || postgres.SqlState.StartsWith("53", StringComparison.Ordinal) || postgres.SqlState.StartsWith("40", StringComparison.Ordinal),
        NpgsqlException or TimeoutException => true,
        _ => failure.InnerException is { } inner && Is(inner),
    };
}
