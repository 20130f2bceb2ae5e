using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.BreakGlass;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Console.Glass;

/// <summary>A broken glass, coded.</summary>
public sealed record GlassLine(
    Guid Id, string Code, Guid Subject, string ReasonCode, Guid RequestedById, string RequestedBy, DateTimeOffset RequestedAt,
    string? ApprovedBy, DateTimeOffset? ExpiresAt, DateTimeOffset? ClosedAt, string? ReviewedBy, bool? Justified);

/// <summary>
/// The screens of a broken glass: <c>GET /cases/{id}/glass</c>, at an agency <c>/inbox/{id}/glass</c>, asks for it where the file is refused;
/// <c>GET /break-glass</c> is where a second person opens it and looks afterwards whether it was right.
/// What they do is <see cref="BreakGlass"/>'s.
/// </summary>
public static class ShowGlass
{
    public static void Map(IEndpointRouteBuilder routes, GlassPlace place)
    {
        routes.MapPage($"{place.Under}/{{id:guid}}/glass", (Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            AskAsync(id, place, http, database, clock, cancel)).RequireRole(place.Askers);
        routes.MapPage("/break-glass", (HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            ListAsync(place, http, database, clock, cancel)).RequireRole(place.Approvers);
    }

    /// <summary>Says no, and how to ask: the status is that of the page that is read.</summary>
    static async Task<IResult> AskAsync(Guid id, GlassPlace place, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        var mine = await ReadAsync(database, place, "g.subject = $1 and g.requested_by = $2", id, http.Caller().AccountId, cancel);
        return Pages.Show<GlassPage>(new { Id = id, Place = place, Mine = mine, Now = now }, mine.Any(g => g.ExpiresAt > now && g.ClosedAt is null) ? StatusCodes.Status200OK : StatusCodes.Status403Forbidden);
    }

    static async Task<IResult> ListAsync(GlassPlace place, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using (var batch = database.CreateBatch())
        {
            batch.BatchCommands.Add(new AuditRecord { Kind = "glasses.read", At = now, Actor = http.Caller().Alias }.Insert());
            await batch.ExecuteNonQueryAsync(cancel);
        }
        return Pages.Show<GlassListPage>(new { Lines = await ReadAsync(database, place, "$1::uuid is null and $2::uuid is null", null, null, cancel), Me = http.Caller().AccountId, Now = now });
    }

    static async Task<IReadOnlyList<GlassLine>> ReadAsync(NpgsqlDataSource database, GlassPlace place, string where, Guid? subject, Guid? account, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"""
            select g.id, coalesce(({place.Code}), ''), g.subject, g.reason_code, g.requested_by, coalesce(r.display_name, r.alias), g.requested_at, coalesce(a.display_name, a.alias), g.expires_at,
              g.closed_at, coalesce(v.display_name, v.alias), g.justified
            from glass_breaks g join accounts r on r.id = g.requested_by left join accounts a on a.id = g.approved_by left join accounts v on v.id = g.reviewed_by
            where {where} order by g.requested_at desc limit 100
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
