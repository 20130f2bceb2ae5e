using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary>
/// <c>POST /api/v1/calls/search</c>: the earlier calls of a number, in whatever form it is written (R4). The database
/// knows fifteen keyed bits of each number; the candidates are opened and compared.
/// </summary>
public static class SearchCalls
{
    public sealed record Request
    {
        [Max(200)] public string? CallerNumber { get; init; }
    }

    public sealed record Found(Guid Id, string Reference, string Status, string? Disposition, DateTimeOffset CreatedAt, IReadOnlyList<Guid> Cases);

    /// <summary>More calls of one number than anybody reads at once.</summary>
    const int Most = 50;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/calls/search", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Page<Found>>();

    static async Task<IResult> HandleAsync(
        HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, _, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.CallerNumber is null)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/callerNumber"));
        var now = await clock.NowAsync(cancel);
        await using var audit = database.CreateBatch();
        audit.BatchCommands.Add(new AuditRecord { Kind = "calls.searched", At = now, Actor = http.Caller().Alias }.Insert());
        await audit.ExecuteNonQueryAsync(cancel);
        if (PhoneNumber.Normalise(request.CallerNumber) is not { } number)
            return Results.Ok(new Page<Found>([], null));

        return Results.Ok(new Page<Found>(await OfNumberAsync(number, database, keys, storage, cancel), null));
    }

    /// <param name="number">Normalised.</param>
    internal static async Task<List<Found>> OfNumberAsync(string number, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, CancellationToken cancel)
    {
        var candidates = await CandidatesAsync(database, storage.BlindIndex(number, SealedCall.CallerNumberPurpose), cancel);
        var dataKeys = await keys.GetAsync([.. candidates.Select(c => c.KeyId).Distinct()], cancel);
        return [.. candidates
            .Where(c => dataKeys.TryGetValue(c.KeyId, out var key) && key.OpenText(c.Number, CallCell.CallerNumber(c.Call.Id)) == number)
            .Select(c => c.Call).Take(Most)];
    }

    static async Task<List<(Found Call, Guid KeyId, byte[] Number)>> CandidatesAsync(NpgsqlDataSource database, int index, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select id, reference, status, disposition, created_at, key_id, caller_number,
              array(select case_id from case_calls where call_id = calls.id)
            from calls where caller_index = $1 order by created_at desc limit 1000
            """);
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)index });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var candidates = new List<(Found, Guid, byte[])>();
        while (await reader.ReadAsync(cancel))
            candidates.Add((
                new Found(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Maybe<string>(3), reader.Time(4), reader.GetFieldValue<Guid[]>(7)),
                reader.GetGuid(5), reader.GetFieldValue<byte[]>(6)));
        return candidates;
    }
}
