using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary><c>GET /api/v1/calls</c>: the newest first, without content.</summary>
public static class ListCalls
{
    public sealed record Item(Guid Id, string Reference, string Status, string? Disposition, long Version, DateTimeOffset CreatedAt);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/calls", HandleAsync).RequireRole(Roles.Operator).Produces<Page<Item>>();

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        await using var command = database.CreateCommand(
            """
            select id, reference, status, disposition, version, created_at from calls
            where (created_at, id) < ($1, $2) order by created_at desc, id desc limit $3
            """);
        paging!.Bind(command);
        var items = new List<Item>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            items.Add(new Item(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Maybe<string>(3), reader.GetInt64(4), reader.Time(5)));
        return Results.Ok(paging.Page(items, last => (last.CreatedAt, last.Id)));
    }
}
