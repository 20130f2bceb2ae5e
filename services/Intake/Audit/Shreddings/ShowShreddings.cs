using Hotline.Console;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Shredding;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Audit.Shreddings;

/// <summary>A shredding that waits for its second person, or is done.</summary>
/// <param name="Own">The reader asked for it: another person decides.</param>
public sealed record ShreddingLine(Guid Id, string Case, string ReasonCode, string RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset? ApprovedAt, DateTimeOffset? DoneAt, bool Own);

/// <summary>What is to be shredded, and was. Codes only.</summary>
/// <param name="Proposed">What retention proposes to shred and nobody has asked for yet.</param>
public sealed record ShreddingsView(IReadOnlyList<ShreddingLine> Shreddings, IReadOnlyList<DueSubject> Proposed, DateTimeOffset At)
{
    public IEnumerable<ShreddingLine> ToApprove => Shreddings.Where(s => s.ApprovedAt is null);

    public IEnumerable<ShreddingLine> Approved => Shreddings.Where(s => s.ApprovedAt is not null);
}

/// <summary><c>GET /audit/shreddings</c>: shreddings to approve, proposed and done. Every reading is recorded.</summary>
public static class ShowShreddings
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPage("/audit/shreddings", HandleAsync).RequireRole(Roles.Supervisor);

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, ShreddedSubjects subjects, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.BatchCommands.Add(new AuditRecord { Kind = "shreddings.read", At = now, Actor = http.Caller().Alias }.Insert());
            await batch.ExecuteNonQueryAsync(cancel);
        }
        var shreddings = await ShreddingsAsync(connection, http.Caller().AccountId, cancel);
        var asked = shreddings.Where(s => s.DoneAt is null).Select(s => s.Case).ToHashSet();
        var proposed = (await subjects.Due(connection, cancel)).Where(d => d.Action == "propose-shredding" && !asked.Contains(d.Code)).ToList();
        return Pages.Show<ShreddingsPage>(new { View = new ShreddingsView(shreddings, proposed, now) });
    }

    static async Task<List<ShreddingLine>> ShreddingsAsync(NpgsqlConnection connection, Guid reader, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select s.id, c.code, s.reason_code, r.alias, s.requested_at, s.approved_at, s.done_at, s.requested_by = $1
            from shreddings s join cases c on c.id = s.subject join accounts r on r.id = s.requested_by
            order by s.approved_at desc nulls first, s.requested_at limit 200
            """, connection);
        command.Parameters.Add(Sql.Parameter(reader));
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var shreddings = new List<ShreddingLine>();
        while (await rows.ReadAsync(cancel))
            shreddings.Add(new ShreddingLine(
                rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.Time(4), rows.IsDBNull(5) ? null : rows.Time(5), rows.IsDBNull(6) ? null : rows.Time(6),
                rows.GetBoolean(7)));
        return shreddings;
    }
}
