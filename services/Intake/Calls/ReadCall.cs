using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary><c>GET /api/v1/calls/{id}</c>: the call with its content, for operators. Every reading is recorded.</summary>
public static class ReadCall
{
    /// <summary>The members of a call, and what the hotline adds to them. The description's; the answer is put together from the stored JSON.</summary>
    public sealed record Answer : Call
    {
        public required Guid Id { get; init; }
        public required string Status { get; init; }
        public required long Version { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/calls/{id:guid}", HandleAsync).RequireRole(Roles.Operator).Produces<Answer>();

    static async Task<IResult> HandleAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        if (await FindAsync(database, id, cancel) is not { } stored)
            return Problems.Refuse(new Refusal("not-found"));
        var call = stored.Open(await keys.GetAsync(stored.KeyId, cancel));
        var now = await clock.NowAsync(cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "call.opened", At = now, Actor = http.Caller().Alias, Call = id }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);

        var answer = JsonSerializer.SerializeToNode(call, Wire.Json)!.AsObject();
        var head = new JsonObject { ["id"] = id, ["reference"] = stored.Reference, ["status"] = stored.Status, ["version"] = stored.Version };
        foreach (var (name, value) in answer)
            head[name] = value?.DeepClone();
        http.SetETag(stored.Version);
        return Results.Json(head);
    }

    internal static async Task<StoredCall?> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"select {StoredCall.Columns} from calls where id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? StoredCall.Read(reader) : null;
    }
}
