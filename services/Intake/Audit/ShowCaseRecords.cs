using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Intake.Audit;

/// <summary>A hand-off of the case: codes and times.</summary>
public sealed record HandOff(
    string Reference, string Agency, string AgencyVi, string AgencyEn, string Urgency, string State, DateTimeOffset CreatedAt, DateTimeOffset? DeliveredAt, DateTimeOffset? AcknowledgedAt,
    DateTimeOffset? AcceptedAt);

/// <summary>Who opened or took away what, how often, and when first and last.</summary>
public sealed record Opening(string By, string Kind, string? About, int Times, DateTimeOffset First, DateTimeOffset Last)
{
    static readonly HashSet<string> Kinds =
        [Contracts.Kinds.ContentOpened, "case.opened", "call.opened", "case.found", "history.opened", "case.exported", "certificate.exported", "records.searched"];

    public static IReadOnlyList<Opening> Of(IEnumerable<ReadRecords.Item> records) =>
    [
        .. records.Where(r => Kinds.Contains(r.Kind)).GroupBy(r => (r.By, r.Kind, r.About))
            .Select(g => new Opening(g.Key.By, g.Key.Kind, g.Key.About, g.Count(), g.Min(r => r.At), g.Max(r => r.At))).OrderBy(o => o.First),
    ];
}

/// <summary>A case as the log has it: no name, no content.</summary>
/// <param name="Records">Oldest first, of both sides.</param>
/// <param name="Verdict">Of its bundle, where it was just checked.</param>
public sealed record CaseRecordsView(
    string Code, DateTimeOffset CreatedAt, DateTimeOffset? ShreddedAt, IReadOnlyList<HandOff> HandOffs, IReadOnlyList<ReadRecords.Item> Records, bool More,
    BundleVerdict? Verdict, long Waiting, DateTimeOffset At);

/// <summary>
/// <c>/audit/cases/{code}</c>: the timeline of a case's hand-offs with both sides' records, who opened what, the bundle and what
/// checking it comes to. Facts, times and codes; every reading is recorded.
/// </summary>
public static class ShowCaseRecords
{
    const int Most = 1000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage("/audit/cases/{code}", (string code, HttpContext http, NpgsqlDataSource database, AuditLeaf leaves, DatabaseClock clock, CancellationToken cancel) =>
            ShowAsync(code, http, database, leaves, clock, null, cancel)).RequireRole(Roles.Supervisor);
        app.MapForm("/audit/cases/{code}/check", CheckAsync).RequireRole(Roles.Supervisor);
    }

    /// <summary>Makes the bundle as it would be exported and checks it as <c>hotline verify bundle</c> does.</summary>
    static async Task<IResult> CheckAsync(
        string code, HttpContext http, HostSettings settings, NpgsqlDataSource database, AuditLeaf leaves, Envelope envelope, DirectoryPin pin, DataKeys keys, StorageKeys storage,
        DatabaseClock clock, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (await CaseSubjects.FindAsync(connection, code, cancel) is not { } subject)
            return Pages.Refuse(new Refusal("not-found"));
        var now = await clock.NowAsync(cancel);
        var bundle = await new MakeBundle(settings.Party, envelope.Directory, pin, keys, storage).OfAsync(connection, subject, now, cancel);
        var verdict = BundleVerification.Check(bundle.ToJson(), pin.Kid, now);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new AuditRecord { Kind = "bundle.verified", At = now, Actor = http.Caller().Alias, Case = subject.Case, Code = verdict.Proof.ToString() }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return await ShowAsync(code, http, database, leaves, clock, (verdict, bundle.Waiting), cancel);
    }

    static async Task<IResult> ShowAsync(
        string code, HttpContext http, NpgsqlDataSource database, AuditLeaf leaves, DatabaseClock clock, (BundleVerdict Verdict, long Waiting)? check, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (await CaseSubjects.FindAsync(connection, code, cancel) is not { } subject)
            return Pages.Refuse(new Refusal("not-found"));
        var now = await clock.NowAsync(cancel);
        await ReadRecords.RecordAsync(connection, http, now, cancel, subject.Case);
        var records = await ReadRecords.FindAsync(
            connection, new ReadRecords.Query(null, null, null, null, null, null), [.. subject.Subjects.Select(leaves.Subject)], null, null, Most + 1, cancel);
        var more = records.Count > Most;
        if (more)
            records.RemoveAt(Most);
        records.Reverse();
        var (createdAt, shreddedAt) = await CaseAsync(connection, subject.Case, cancel);
        return Pages.Show<CaseRecordsPage>(new
        {
            View = new CaseRecordsView(
                subject.Code, createdAt, shreddedAt, await HandOffsAsync(connection, subject.Case, cancel), [.. records.OrderBy(r => r.At)], more, check?.Verdict, check?.Waiting ?? 0, now),
        });
    }

    static async Task<(DateTimeOffset CreatedAt, DateTimeOffset? ShreddedAt)> CaseAsync(NpgsqlConnection connection, Guid caseId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select created_at, shredded_at from cases where id = $1", connection);
        command.Parameters.Add(Sql.Parameter(caseId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.Time(0), reader.IsDBNull(1) ? null : reader.Time(1));
    }

    static async Task<List<HandOff>> HandOffsAsync(NpgsqlConnection connection, Guid caseId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select r.reference, r.peer, a.name_vi, a.name_en, r.urgency, r.state, r.created_at, r.delivered_at, r.acknowledged_at,
              (select min(h.at) from referral_history h where h.referral_id = r.id and h.event = 'referral.accepted')
            from referrals r join agencies a on a.name = r.peer where r.case_id = $1 order by r.created_at
            """, connection);
        command.Parameters.Add(Sql.Parameter(caseId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var handOffs = new List<HandOff>();
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        while (await reader.ReadAsync(cancel))
            handOffs.Add(new HandOff(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.Time(6), Time(7), Time(8), Time(9)));
        return handOffs;
    }
}
