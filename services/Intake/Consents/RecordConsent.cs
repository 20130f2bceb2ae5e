using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Intake.Cases;
using Npgsql;

namespace Hotline.Intake.Consents;

/// <summary><c>POST /api/v1/cases/{id}/consents</c>: somebody entitled agreed that one agency receives the file (R12).</summary>
public static class RecordConsent
{
    public sealed record Request
    {
        [Max(41)] public string? Agency { get; init; }
        [Code("purpose")] public string? Purpose { get; init; }
        [Code("consent-by")] public string? By { get; init; }

        /// <summary>Null = until withdrawn.</summary>
        public DateTimeOffset? Until { get; init; }

        /// <summary>How it can be shown that consent was given, such as a signed form or the minute of a recording.</summary>
        [Max(1000)] public string? Proof { get; init; }
    }

    public sealed record Recorded(Guid Id);

    public static CellAddress ProofCell(Guid id) => new("consents", id, "proof", 1);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/cases/{id:guid}/consents", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Recorded>(201);

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request is not { Agency: { } agency, By: { } by } || string.IsNullOrWhiteSpace(request.Proof))
            return Problems.Refuse("request.malformed");
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            if (await ReadCase.FindAsync(database, id, cancel) is not { } found)
                return Problems.Refuse("not-found");
            var now = await clock.NowAsync(cancel);
            if (request.Until <= now)
                return Problems.Refuse(Refusal.With("request.malformed", "at", "/until"));
            var consent = Guid.CreateVersion7(now);
            var dataKey = await keys.GetAsync(found.KeyId, cancel);
            await using var batch = database.CreateBatch();
            batch.BatchCommands.Add(Sql.Command(
                """
                insert into consents (id, case_id, agency, purpose, given_by, valid_from, valid_until, proof, recorded_by, recorded_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $6)
                """,
                consent, id, agency, request.Purpose, by, now, request.Until, dataKey.SealText(request.Proof, ProofCell(consent)), http.Caller().AccountId));
            batch.BatchCommands.Add(new AuditRecord { Kind = "consent.given", At = now, Actor = http.Caller().Alias, Case = id, Code = agency }.Insert());
            if (key is not null)
                batch.BatchCommands.Add(key.Insert(consent));
            try
            {
                await batch.ExecuteNonQueryAsync(cancel);
            }
            catch (PostgresException unknown) when (unknown.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                return Problems.Refuse(Refusal.With("request.unknown-code", "at", "/agency"));
            }
            return Created(id, consent);
        }, before => Task.FromResult(Created(id, before.Id)), cancel);
    }

    static IResult Created(Guid caseId, Guid consent) => Results.Created($"/api/v1/cases/{caseId}/consents", new Recorded(consent));
}
