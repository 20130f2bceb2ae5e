using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Intake.Audit;

/// <summary>
/// <c>GET /api/v1/audit/cases/{code}/certificate</c>: the certificate of a shredded case's destruction, once a quorum has
/// cosigned its leaf. The export is recorded before it leaves.
/// </summary>
public static class DownloadCertificate
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/audit/cases/{code}/certificate",
        (string code, HttpContext http, HostSettings settings, NpgsqlDataSource database, Envelope envelope, DirectoryPin pin, DataKeys keys, StorageKeys storage,
            DatabaseClock clock, CancellationToken cancel) => HandleAsync(code, http, settings, database, envelope, pin, keys, storage, clock, Problems.Refuse, cancel))
        .RequireRole(Roles.Supervisor).Produces<Certificate>();

    /// <summary>The same from a page, which says no in words.</summary>
    public static void MapPage(IEndpointRouteBuilder app) => app.MapPage("/audit/cases/{code}/certificate",
        (string code, HttpContext http, HostSettings settings, NpgsqlDataSource database, Envelope envelope, DirectoryPin pin, DataKeys keys, StorageKeys storage,
            DatabaseClock clock, CancellationToken cancel) => HandleAsync(code, http, settings, database, envelope, pin, keys, storage, clock, Pages.Refuse, cancel))
        .RequireRole(Roles.Supervisor);

    static async Task<IResult> HandleAsync(
        string code, HttpContext http, HostSettings settings, NpgsqlDataSource database, Envelope envelope, DirectoryPin pin, DataKeys keys, StorageKeys storage,
        DatabaseClock clock, Func<Refusal, IResult> refuse, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (await CaseSubjects.FindAsync(connection, code, cancel) is not { } subject)
            return refuse(new Refusal("not-found"));
        var now = await clock.NowAsync(cancel);
        var (certificate, waiting) = await new MakeBundle(settings.Party, envelope.Directory, pin, keys, storage).CertifyAsync(connection, subject.Case, subject.Code, now, cancel);
        if (certificate is null)
            return refuse(new Refusal(waiting ? "certificate.waiting" : "certificate.not-shredded"));
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new AuditRecord { Kind = "certificate.exported", At = now, Actor = http.Caller().Alias, Case = subject.Case, Code = subject.Code }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return Results.File(certificate.ToJson(), "application/json", $"{subject.Code}.certificate.json");
    }
}
