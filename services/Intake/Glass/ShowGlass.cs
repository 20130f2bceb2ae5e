using Hotline.Console;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.BreakGlass;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Glass;

/// <summary>A broken glass, coded.</summary>
public sealed record GlassLine(
    Guid Id, string Case, Guid Subject, string ReasonCode, Guid RequestedById, string RequestedBy, DateTimeOffset RequestedAt,
    string? ApprovedBy, DateTimeOffset? ExpiresAt, DateTimeOffset? ClosedAt, string? ReviewedBy, bool? Justified);

/// <summary>
/// The screens of a broken glass: <c>GET /cases/{id}/glass</c>, where the case page refuses, asks for it;
/// <c>GET /break-glass</c> is where a second person opens it and looks afterwards whether it was right.
/// What they do is <see cref="BreakGlass"/>'s.
/// </summary>
public static class ShowGlass
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/cases/{id:guid}/glass", AskAsync).RequireRole(Roles.Operator, Roles.Supervisor);
        routes.MapPage("/break-glass", ListAsync).RequireRole(Roles.Supervisor);
    }

    /// <summary>Who may ask is shown how; everybody else is refused as by any page.</summary>
    public static readonly RefusalAnswer Instead = new((http, refusal) =>
        refusal.Code == "access.denied" && http.GetRouteValue("id") is string id && Guid.TryParse(id, out var subject)
            ? Results.LocalRedirect($"/cases/{subject}/glass").ExecuteAsync(http) : Pages.RefuseAsync(http, refusal));

    /// <summary>Says no, and how to ask: the status is that of the case page.</summary>
    static async Task<IResult> AskAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        var mine = await ReadAsync(database, "g.subject = $1 and g.requested_by = $2", id, http.Caller().AccountId, cancel);
        return Pages.Show<GlassPage>(new { Id = id, Mine = mine, Now = now }, mine.Any(g => g.ExpiresAt > now && g.ClosedAt is null) ? StatusCodes.Status200OK : StatusCodes.Status403Forbidden);
    }

    static async Task<IResult> ListAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using (var batch = database.CreateBatch())
        {
            batch.BatchCommands.Add(new AuditRecord { Kind = "glasses.read", At = now, Actor = http.Caller().Alias }.Insert());
            await batch.ExecuteNonQueryAsync(cancel);
        }
        return Pages.Show<GlassListPage>(new { Lines = await ReadAsync(database, "$1::uuid is null and $2::uuid is null", null, null, cancel), Me = http.Caller().AccountId, Now = now });
    }

    static async Task<IReadOnlyList<GlassLine>> ReadAsync(NpgsqlDataSource database, string where, Guid? subject, Guid? account, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"""
            select g.id, coalesce(c.code, ''), g.subject, g.reason_code, g.requested_by, coalesce(r.display_name, r.alias), g.requested_at, coalesce(a.display_name, a.alias), g.expires_at,
              g.closed_at, coalesce(v.display_name, v.alias), g.justified
            from glass_breaks g join accounts r on r.id = g.requested_by left join accounts a on a.id = g.approved_by left join accounts v on v.id = g.reviewed_by
            left join cases c on c.id = g.subject where {where} order by g.requested_at desc limit 100
            """);
        command.Parameters.Add(Sql.Parameter(subject));
        command.Parameters.Add(Sql.Parameter(account));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var lines = new List<GlassLine>();
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        while (await reader.ReadAsync(cancel))
            lines.Add(new GlassLine(
                reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.GetString(3), reader.GetGuid(4), reader.GetString(5), reader.Time(6), reader.Maybe<string>(7), Time(8), Time(9),
                reader.Maybe<string>(10), reader.Maybe<bool?>(11)));
        return lines;
    }
}
