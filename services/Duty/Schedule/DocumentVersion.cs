using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Schedule;

/// <summary>A version of a document that is never overwritten: who wrote it when, and from when it holds.</summary>
public sealed record DocumentVersion(long Version, DateTimeOffset ValidFrom, string ChangedBy, DateTimeOffset ChangedAt)
{
    const int Most = 50;

    /// <summary>Newest first.</summary>
    public static Task<IReadOnlyList<DocumentVersion>> OfPlanAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        ReadAsync(connection, $"select version, valid_from, changed_by, changed_at from duty_plans where $1::text is null order by version desc limit {Most}", null, cancel);

    public static Task<IReadOnlyList<DocumentVersion>> OfRosterAsync(NpgsqlConnection connection, string unit, CancellationToken cancel) =>
        ReadAsync(connection, $"select version, valid_from, changed_by, changed_at from rosters where unit = $1 order by version desc limit {Most}", unit, cancel);

    /// <summary>Those of a year's holidays. Version 0 stands for the days that were there before anybody changed them.</summary>
    public static Task<IReadOnlyList<DocumentVersion>> OfHolidaysAsync(NpgsqlConnection connection, int year, CancellationToken cancel) => ReadAsync(
        connection,
        $"""
        select version, changed_at, changed_by, changed_at from calendar_versions where year = $1
        union all
        select 0, min(d.known_from), min(d.changed_by), min(d.known_from) from calendar_days d
        where extract(year from d.date) = $1 and d.known_from < (select min(changed_at) from calendar_versions where year = $1) having count(*) > 0
        order by 1 desc limit {Most}
        """, year, cancel);

    /// <summary>The text of one version; null where there is none.</summary>
    public static async Task<string?> ContentAsync(NpgsqlConnection connection, string? unit, long version, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            unit is null ? "select content from duty_plans where $1::text is null and version = $2" : "select content from rosters where unit = $1 and version = $2", connection);
        command.Parameters.Add(Sql.Parameter(unit));
        command.Parameters.Add(Sql.Parameter(version));
        return await command.ExecuteScalarAsync(cancel) as string;
    }

    static async Task<IReadOnlyList<DocumentVersion>> ReadAsync(NpgsqlConnection connection, string query, object? of, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(query, connection);
        command.Parameters.Add(Sql.Parameter(of));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var versions = new List<DocumentVersion>();
        while (await reader.ReadAsync(cancel))
            versions.Add(new DocumentVersion(reader.GetInt64(0), reader.Time(1), reader.GetString(2), reader.Time(3)));
        return versions;
    }
}
