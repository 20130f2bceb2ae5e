using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary><c>PATCH /api/v1/calls/{id}</c>: a merge patch (RFC 7396), as autosave sends it with each field.</summary>
public static class AmendCall
{
    /// <param name="Persons">Ids of the call's persons, in their order: new ones have just been given theirs.</param>
    public sealed record Amended(Guid Id, string Reference, string Status, long Version, IReadOnlyList<Guid>? Persons = null);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPatch("/calls/{id:guid}", HandleAsync).RequireRole(Roles.Operator)
            .Accepts<Call>("application/merge-patch+json", "application/json").Produces<Amended>();

    static async Task<IResult> HandleAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, TimeProvider time, CancellationToken cancel)
    {
        var (version, missing) = Versions.Require(http);
        if (missing is not null)
            return Problems.Refuse(missing);
        var (raw, unreadable) = await RequestBody.ReadRawAsync(http);
        if (unreadable is not null)
            return Problems.Refuse(unreadable);
        if (await ReadCall.FindAsync(database, id, cancel) is not { } stored)
            return Problems.Refuse(new Refusal("not-found"));
        if (stored.Version != version)
            return Problems.Refuse(new Refusal("version.stale"));

        var dataKey = await keys.GetAsync(stored.KeyId, cancel);
        var before = stored.Open(dataKey);
        var (call, refusal) = MergePatch.Apply(before, raw.Span);
        if ((refusal ?? PersonIds.CheckKnown(call!, before) ?? await Agencies.CheckAsync(database, call!, cancel)) is { } refused)
            return Problems.Refuse(refused);
        var amended = PersonIds.Give(PersonIds.Keep(call!, before), time);
        if (await SaveAsync(http, database, stored, amended, dataKey, storage, stored.Status, await clock.NowAsync(cancel), cancel) is { } stale)
            return Problems.Refuse(stale);
        return Results.Ok(new Amended(id, stored.Reference, stored.Status, stored.Version + 1, [.. (amended.Persons ?? []).Select(p => p.Id!.Value)]));
    }

    /// <summary>Writes a new version, if nobody was quicker.</summary>
    /// <returns>Null, or why nothing was written.</returns>
    internal static async Task<Refusal?> SaveAsync(
        HttpContext http, NpgsqlDataSource database, StoredCall stored, Call call, DataKey dataKey, StorageKeys storage, string status,
        DateTimeOffset now, CancellationToken cancel, params IReadOnlyList<NpgsqlBatchCommand> further)
    {
        var next = SealedCall.Of(stored.Id, stored.Version + 1, call, dataKey, storage);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            """
            update calls set content = $3, version = version + 1, disposition = $4, caller_index = $5, caller_number = $6, updated_at = $7,
              status = $8, completed_at = case when $8 = 'completed' then coalesce(completed_at, $7) end
            where id = $1 and version = $2
            """,
            stored.Id, stored.Version, next.Content, call.Disposition, (short?)next.CallerIndex, next.CallerNumber, now, status));
        if (await batch.ExecuteNonQueryAsync(cancel) == 0)
            return new Refusal("version.stale");
        await using var rest = new NpgsqlBatch(connection);
        rest.BatchCommands.Add(CallTerms.Write(stored.Id, call, storage));
        foreach (var command in further)
            rest.BatchCommands.Add(command);
        await rest.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        http.SetETag(stored.Version + 1);
        return null;
    }
}
