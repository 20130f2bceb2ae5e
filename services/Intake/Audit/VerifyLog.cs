using System.Text.Json;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Audit;

/// <summary>
/// <c>POST /api/v1/audit/verify</c>: reads the hub's whole log again. The hub cannot ask its witnesses what they remember;
/// whoever does not trust the hub runs <c>hotline verify log</c>.
/// </summary>
public static class VerifyLog
{
    /// <param name="Outcome"><c>sound</c>, <c>tampered</c> or <c>cannotDecide</c>.</param>
    public sealed record Answer(string Outcome, long Leaves, long Checkpoints, long Shredded, long Waiting, IReadOnlyList<Finding> Findings);

    /// <summary>Reading a long log takes a minute of a processor: one at a time.</summary>
    static readonly SemaphoreSlim One = new(1);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/audit/verify", HandleAsync).RequireRole(Roles.Supervisor).Produces<Answer>();

    static async Task<IResult> HandleAsync(
        HttpContext http, HostSettings settings, NpgsqlDataSource database, Envelope envelope, DataKeys keys, StorageKeys storage, DatabaseClock clock,
        CancellationToken cancel)
    {
        var (_, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await RunAsync(http, settings, database, envelope, keys, storage, clock, cancel) is { } answer ? Results.Ok(answer) : Problems.Refuse("audit.busy");
    }

    static string Outcome(Verdict verdict) => JsonNamingPolicy.CamelCase.ConvertName(verdict.Outcome.ToString());

    /// <summary>Null while another verification runs.</summary>
    internal static async Task<Answer?> RunAsync(
        HttpContext http, HostSettings settings, NpgsqlDataSource database, Envelope envelope, DataKeys keys, StorageKeys storage, DatabaseClock clock,
        CancellationToken cancel)
    {
        if (!await One.WaitAsync(TimeSpan.Zero, cancel))
            return null;
        try
        {
            var verdict = await new LogVerification(settings.Party, envelope.Directory, database, keys, storage)
                .RunAsync(new Dictionary<string, NpgsqlDataSource>(), progress: null, cancel);
            verdict = await verdict.RecordedAsync(async () =>
            {
                await using var batch = database.CreateBatch();
                batch.BatchCommands.Add(new AuditRecord { Kind = "log.verified", At = await clock.NowAsync(cancel), Actor = http.Caller().Alias, Code = Outcome(verdict) }.Insert());
                await batch.ExecuteNonQueryAsync(cancel);
            });
            return new Answer(Outcome(verdict), verdict.Leaves, verdict.Checkpoints, verdict.Shredded, verdict.Waiting, [.. verdict.Findings, .. verdict.Doubts]);
        }
        finally
        {
            One.Release();
        }
    }
}
