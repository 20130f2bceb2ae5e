using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>
/// <c>PUT /api/v1/roster</c>: the whole roster of a desk, from now or from <c>validFrom</c> on. What held before stays
/// stored: a page of last week can still be explained.
/// </summary>
public static class ChangeRoster
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut("/roster", Documents.Put<UnitRoster>(WriteAsync)).RequireRole(Roles.Administrator).Accepts<UnitRoster>("application/json").Produces<UnitRoster>();

    /// <summary>Also what the form on the screen does.</summary>
    internal static async Task<(UnitRoster? Roster, Refusal? Refusal)> WriteAsync(
        NpgsqlDataSource database, UnitRoster written, long seen, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        var roster = RosterRules.Complete(written, now);
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (RosterRules.Check(roster) is { } bad)
            return (null, bad);
        if (RosterRules.CheckOfficers(roster, await AccountNamesAsync(connection, cancel)) is { } unknown)
            return (null, unknown);
        var from = roster.ValidFrom is { } later && later > now ? later : now;
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var audit = new AuditRecord { Kind = "roster.changed", At = now, Actor = by.Alias, Code = $"{roster.Unit}/{seen + 1}" };
        if (!await Documents.WriteAsync(connection, UnitRoster.Insert(roster, seen + 1, from, by.Alias, now), audit, key, cancel))
            return (null, new Refusal("version.stale"));
        await transaction.CommitAsync(cancel);
        return (roster with { ValidFrom = from }, null);
    }

    static async Task<HashSet<string>> AccountNamesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select user_name from accounts where disabled_at is null and roles && $1", connection);
        command.Parameters.Add(Sql.Parameter(DutyRoutes.CanBeOnDuty));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var names = new HashSet<string>();
        while (await reader.ReadAsync(cancel))
            names.Add(reader.GetString(0));
        return names;
    }
}
