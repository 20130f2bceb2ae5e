using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Intake.Audit;

/// <summary><c>GET /api/v1/audit/cases/{code}/bundle</c>: the evidence of one case, without its content. The export is recorded before it leaves.</summary>
public static class DownloadBundle
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/audit/cases/{code}/bundle", HandleAsync).RequireRole(Roles.Supervisor).Produces<Bundle>();

    static async Task<IResult> HandleAsync(
        string code, HttpContext http, HostSettings settings, NpgsqlDataSource database, Envelope envelope, DirectoryPin pin, DataKeys keys, StorageKeys storage,
        DatabaseClock clock, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (await CaseSubjects.FindAsync(connection, code, cancel) is not { } subject)
            return Problems.Refuse("not-found");
        var now = await clock.NowAsync(cancel);
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.BatchCommands.Add(new AuditRecord { Kind = "case.exported", At = now, Actor = http.Caller().Alias, Case = subject.Case, Code = subject.Code }.Insert());
            await batch.ExecuteNonQueryAsync(cancel);
        }
        var bundle = await new MakeBundle(settings.Party, envelope.Directory, pin, keys, storage).OfAsync(connection, subject, now, cancel);
        return Results.File(bundle.ToJson(), "application/json", $"{subject.Code}.bundle.json");
    }
}
