using Hotline.Handling.Referrals;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Handling.Answering;

/// <summary><c>GET /api/v1/referrals/{id}/attempts</c>: who was paged, when, on which channel, with what result; oldest first, without addresses.</summary>
public static class ReadAttempts
{
    /// <param name="Step">From 1.</param>
    /// <param name="Loop">How often the last step had been repeated.</param>
    public sealed record Item(
        Guid Id, int Step, int Loop, int Generation, string Target, string Channel, string State, string? Reason, string? Gateway,
        DateTimeOffset At, DateTimeOffset? DueAt, DateTimeOffset? SentAt, DateTimeOffset? SettledAt);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/referrals/{id:guid}/attempts", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).Produces<Page<Item>>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        if (!await MayKnowAsync(id, http.Caller(), database, cancel))
            return Problems.Refuse("not-found");
        await using var command = database.CreateCommand(
            """
            select p.id, p.step + 1, p.loop, p.generation, p.target, p.channel, p.state, p.reason, p.gateway, p.created_at, p.due_at, p.sent_at, p.settled_at
            from page_attempts p join escalations e on e.id = p.escalation_id where e.subject_id = $1 order by p.created_at, p.id
            """);
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        var items = new List<Item>();
        while (await reader.ReadAsync(cancel))
            items.Add(new Item(
                reader.GetGuid(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
                reader.Maybe<string>(7), reader.Maybe<string>(8), reader.Time(9), Time(10), Time(11), Time(12)));
        return Portion.Answer(http, items);
    }

    static async Task<bool> MayKnowAsync(Guid id, Caller caller, NpgsqlDataSource database, CancellationToken cancel)
    {
        var visible = await Visibility.OfAsync(caller, database, cancel);
        await using var command = database.CreateCommand($"select true from referrals where id = $1 and {Visibility.Where(2)}");
        command.Parameters.Add(Sql.Parameter(id));
        visible.Bind(command);
        return await command.ExecuteScalarAsync(cancel) is true;
    }
}
