using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Hotline.Intake.Cases;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.CallBack;

/// <summary>
/// <c>POST /api/v1/call-back-codes/check</c>: a reporter rings again and says the code. The answer is the state in one word,
/// and only where that is safe (R24): no agency, no name, nothing of the file. Every try is recorded; guessing ends after ten.
/// </summary>
public static class CheckCallBackCode
{
    const int MostFailures = 10;
    static readonly TimeSpan FailuresCountFor = TimeSpan.FromHours(1);

    public sealed record Request
    {
        [Max(40)] public string? Code { get; init; }

        public override string ToString() => nameof(Request);
    }

    /// <param name="MayTell">Whether the state may be told to who asks.</param>
    /// <param name="Because">See <see cref="CallBackSafety"/>.</param>
    /// <param name="State">Null where it may not be told: <c>received, referred, delivered, acknowledged, accepted, closed</c>.</param>
    public sealed record Answer(Guid CallId, string Reference, bool MayTell, string Because, string? State, IReadOnlyList<ReadCase.LinkedCase> Cases);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/call-back-codes/check", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Answer>();

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, _, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var (answer, refused) = await CheckAsync(request!.Code, http.Caller(), database, keys, storage, clock, cancel);
        return refused is null ? Results.Ok(answer) : Problems.Refuse(refused);
    }

    static async Task<(Answer? Answer, Refusal? Refusal)> CheckAsync(
        string? code, Caller by, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        if (await IsGuessingAsync(database, by, now, cancel))
            return (null, new Refusal("call-back-code.too-many"));
        if (CallBackCode.Read(code) is not { } digits)
            return (null, Refusal.With("request.malformed", "at", "/code"));
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            $"select {StoredCall.Columns} from calls where id = (select call_id from call_back_codes where code_mac = $1) and shredded_at is null", CallBackCode.Mac(storage, digits)));
        batch.BatchCommands.Add(Sql.Command("select allowed from call_back_decisions where call_id = (select call_id from call_back_codes where code_mac = $1)", CallBackCode.Mac(storage, digits)));
        StoredCall? stored = null;
        bool? decision = null;
        await using (var reader = await batch.ExecuteReaderAsync(cancel))
        {
            if (await reader.ReadAsync(cancel))
                stored = StoredCall.Read(reader);
            await reader.NextResultAsync(cancel);
            if (await reader.ReadAsync(cancel))
                decision = reader.Maybe<bool?>(0);
        }
        if (stored is null)
        {
            await FailAsync(database, by, now, cancel);
            return (null, new Refusal("call-back-code.unknown"));
        }
        return (await AnswerAsync(stored, decision, by, database, keys, now, cancel), null);
    }

    static async Task<Answer> AnswerAsync(StoredCall stored, bool? decision, Caller by, NpgsqlDataSource database, DataKeys keys, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "call-back-code.checked", At = now, Actor = by.Alias, Call = stored.Id }.Insert());
        batch.BatchCommands.Add(Sql.Command("delete from call_back_failures where account_id = $1", by.AccountId));
        batch.BatchCommands.Add(Sql.Command(
            "select c.id, c.code from cases c join case_calls cc on cc.case_id = c.id where cc.call_id = $1 order by c.code", stored.Id));
        batch.BatchCommands.Add(Sql.Command(
            "select state from referrals where case_id in (select case_id from case_calls where call_id = $1)", stored.Id));
        var (cases, states) = (new List<ReadCase.LinkedCase>(), new List<string>());
        await using (var reader = await batch.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
                cases.Add(new ReadCase.LinkedCase(reader.GetGuid(0), reader.GetString(1)));
            await reader.NextResultAsync(cancel);
            while (await reader.ReadAsync(cancel))
                states.Add(reader.GetString(0));
        }
        // What a later call said about safety counts for all that are about the same person.
        var verdict = CallBackSafety.Of(stored.Open(await keys.GetAsync(stored.KeyId, cancel)).Safety, decision);
        foreach (var one in cases)
            if (await ReadCase.FindAsync(database, one.Id, cancel) is { } found && found.Calls[^1].Id != stored.Id
                && CallBackSafety.Of((await found.FileAsync(keys, cancel)).Safety, decision) is { May: false } unsafeLater)
                verdict = unsafeLater;
        return new Answer(stored.Id, stored.Reference, verdict.May, verdict.Because, verdict.May ? StateOf(states) : null, cases);
    }

    /// <summary>The furthest of what is open; closed once everything is.</summary>
    public static string StateOf(IReadOnlyCollection<string> states)
    {
        string[] order = ["queued", "sent", "delivered", "acknowledged", "accepted"];
        var furthest = states.Select(s => Array.IndexOf(order, s)).DefaultIfEmpty(-1).Max();
        return furthest switch
        {
            0 or 1 => "referred",
            > 1 => order[furthest],
            // What was declined or taken back is with the hotline again.
            _ => states.Contains("closed") && states.All(s => s is "closed" or "revoked") ? "closed" : "received",
        };
    }

    static async Task<bool> IsGuessingAsync(NpgsqlDataSource database, Caller by, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select failed_count >= $2 from call_back_failures where account_id = $1 and since > $3");
        command.Parameters.Add(Sql.Parameter(by.AccountId));
        command.Parameters.Add(Sql.Parameter(MostFailures));
        command.Parameters.Add(Sql.Parameter(now - FailuresCountFor));
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    static async Task FailAsync(NpgsqlDataSource database, Caller by, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into call_back_failures (account_id, failed_count, since) values ($1, 1, $2)
            on conflict (account_id) do update set
              failed_count = case when call_back_failures.since > $3 then call_back_failures.failed_count + 1 else 1 end,
              since = case when call_back_failures.since > $3 then call_back_failures.since else $2 end
            """, by.AccountId, now, now - FailuresCountFor));
        batch.BatchCommands.Add(new AuditRecord { Kind = "call-back-code.wrong", At = now, Actor = by.Alias }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
