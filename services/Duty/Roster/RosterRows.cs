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
}
