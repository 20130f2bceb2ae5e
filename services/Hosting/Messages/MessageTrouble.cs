using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>What went wrong between the parties, for administrators (and the hub's supervisors): codes and ids, never a body.</summary>
public static class MessageTrouble
{
    public sealed record AlarmItem(Guid Id, string Code, string Party, Guid? Referral, Guid? MessageId, DateTimeOffset RaisedAt, DateTimeOffset LastAt, long Count);

    public sealed record ParkedItem(Guid Id, DateTimeOffset ReceivedAt, string? ClaimedIssuer, Guid? MessageId, string Code, DateTimeOffset? SettledAt);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/alarms", AlarmsAsync).RequireRole(Roles.Administrator, Roles.Supervisor).Produces<Page<AlarmItem>>();
        routes.MapGet("/parked-messages", ParkedAsync).RequireRole(Roles.Administrator).Produces<Page<ParkedItem>>();
    }

    static async Task<IResult> AlarmsAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        await using var command = database.CreateCommand(
            """
            select id, code, party, referral_id, message_id, raised_at, last_at, count from alarms
            where cleared_at is null and (raised_at, id) < ($1, $2) order by raised_at desc, id desc limit $3
            """);
        paging!.Bind(command);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<AlarmItem>();
        while (await reader.ReadAsync(cancel))
            items.Add(new AlarmItem(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Maybe<Guid?>(3), reader.Maybe<Guid?>(4),
                reader.Time(5), reader.Time(6), reader.GetInt64(7)));
        return Results.Ok(paging.Page(items, last => (last.RaisedAt, last.Id)));
    }

    static async Task<IResult> ParkedAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        await using var command = database.CreateCommand(
            """
            select id, received_at, claimed_issuer, message_id, code, settled_at from parked_messages
            where (received_at, id) < ($1, $2) order by received_at desc, id desc limit $3
            """);
        paging!.Bind(command);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<ParkedItem>();
        while (await reader.ReadAsync(cancel))
            items.Add(new ParkedItem(
                reader.GetGuid(0), reader.Time(1), reader.Maybe<string>(2), reader.Maybe<Guid?>(3), reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.Time(5)));
        return Results.Ok(paging.Page(items, last => (last.ReceivedAt, last.Id)));
    }
}
