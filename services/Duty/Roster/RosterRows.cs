using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>The rosters as they are stored: insert-only, so that who was on duty can be told afterwards.</summary>
static class RosterRows
{
    /// <summary>The roster of a unit that holds at an instant; null where it has none.</summary>
    public static async Task<UnitRoster?> InForceAsync(NpgsqlConnection connection, string unit, DateTimeOffset at, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select content from rosters where unit = $1 and valid_from <= $2 order by valid_from desc, version desc limit 1", connection);
        command.Parameters.Add(Sql.Parameter(unit));
        command.Parameters.Add(Sql.Parameter(at));
        return await command.ExecuteScalarAsync(cancel) is string content ? UnitRoster.FromJson(content) : null;
    }

    /// <summary>Every version of a unit's roster, oldest first; of all units where none is named.</summary>
    public static async Task<IReadOnlyList<DatedRoster>> VersionsAsync(NpgsqlConnection connection, string? unit, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select valid_from, version, content from rosters where $1::text is null or unit = $1 order by unit, version", connection);
        command.Parameters.Add(Sql.Parameter(unit));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var versions = new List<DatedRoster>();
        while (await reader.ReadAsync(cancel))
            versions.Add(new DatedRoster(reader.Time(0), reader.GetInt64(1), UnitRoster.FromJson(reader.GetString(2))));
        return versions;
    }
}

/// <summary>A roster and the instant from which it holds.</summary>
public sealed record DatedRoster(DateTimeOffset From, long Version, UnitRoster Roster)
{
    /// <summary>The one that holds: that with the latest date that has come.</summary>
    public static DatedRoster? At(IEnumerable<DatedRoster> versions, DateTimeOffset at) =>
        versions.Where(dated => dated.From <= at).OrderBy(dated => dated.From).ThenBy(dated => dated.Version).LastOrDefault();
}
