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

    /// <summary>Candidates opened at once; nearly all calls that share the bits are of the number itself.</summary>
    const int AtOnce = 500;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/calls/search", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Page<Found>>();

    static async Task<IResult> HandleAsync(
        HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var (paging, badPaging) = Paging.Read(http);
        if (badPaging is not null)
            return Problems.Refuse(badPaging);
        if (request!.CallerNumber is null)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/callerNumber"));
        // Nothing is made here: the key is kept only so that it is refused with another body.
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            await using var audit = database.CreateBatch();
            audit.BatchCommands.Add(new AuditRecord { Kind = "calls.searched", At = await clock.NowAsync(cancel), Actor = http.Caller().Alias }.Insert());
            if (key is not null)
                audit.BatchCommands.Add(key.Insert(Guid.Empty));
            await audit.ExecuteNonQueryAsync(cancel);
            return await AnswerAsync();
        }, _ => AnswerAsync(), cancel);

        async Task<IResult> AnswerAsync() => Results.Ok(PhoneNumber.Normalise(request.CallerNumber) is { } number
            ? paging!.Page(await FindAsync(database, keys, storage, number, paging, cancel), last => (last.CreatedAt, last.Id))
            : new Page<Found>([], null));
    }

    /// <param name="number">Normalised.</param>
    internal static Task<List<Found>> NewestAsync(string number, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, CancellationToken cancel) =>
        FindAsync(database, keys, storage, number, new Paging(50, null), cancel);

    /// <summary>Up to one more than the limit. Another number with the same bits is opened, seen to be another, and left out.</summary>
    static async Task<List<Found>> FindAsync(
        NpgsqlDataSource database, DataKeys keys, StorageKeys storage, string number, Paging paging, CancellationToken cancel)
    {
        var (found, before) = (new List<Found>(), paging.Before);
        var index = storage.BlindIndex(number, SealedCall.CallerNumberPurpose);
        while (true)
        {
            var candidates = await CandidatesAsync(database, index, before, cancel);
            var dataKeys = await keys.GetAsync([.. candidates.Select(c => c.KeyId).Distinct()], cancel);
            found.AddRange(candidates
                .Where(c => dataKeys.TryGetValue(c.KeyId, out var key) && key.OpenText(c.Number, CallCell.CallerNumber(c.Call.Id)) == number)
                .Select(c => c.Call));
            if (candidates.Count < AtOnce || found.Count > paging.Limit)
                return [.. found.Take(paging.Limit + 1)];
            before = (candidates[^1].Call.CreatedAt, candidates[^1].Call.Id);
        }
    }

    static async Task<List<(Found Call, Guid KeyId, byte[] Number)>> CandidatesAsync(
        NpgsqlDataSource database, int index, (DateTimeOffset At, Guid Id)? before, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"""
            select id, reference, status, disposition, created_at, key_id, caller_number,
              array(select case_id from case_calls where call_id = calls.id)
            from calls where caller_index = $1 {(before is null ? "" : "and (created_at, id) < ($2, $3)")}
            order by created_at desc, id desc limit {AtOnce}
            """);
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)index });
        if (before is { } last)
        {
            command.Parameters.Add(Sql.Parameter(last.At));
            command.Parameters.Add(Sql.Parameter(last.Id));
        }
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var candidates = new List<(Found, Guid, byte[])>();
        while (await reader.ReadAsync(cancel))
            candidates.Add((
                new Found(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Maybe<string>(3), reader.Time(4), reader.GetFieldValue<Guid[]>(7)),
                reader.GetGuid(5), reader.GetFieldValue<byte[]>(6)));
        return candidates;
    }
}
