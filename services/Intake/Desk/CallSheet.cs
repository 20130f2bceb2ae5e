using System.Text;
using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Npgsql;

namespace Hotline.Intake.Desk;

/// <summary>A number to ring by hand.</summary>
public sealed record DeskNumber(string Agency, string? ProvinceCode, string Unit, string Phone, bool AtAllHours, bool Old);

/// <summary>The referral that nobody answers for, coded.</summary>
public sealed record SheetReferral(DeskLine Line, IReadOnlyList<(DateTimeOffset At, string By)> Answers);

/// <summary>
/// <c>GET /call-sheet</c>: whom to telephone, in order, with who answered beside each (R32, R33). No case data: a copy
/// stays in the browser and is shown when the network is away.
/// </summary>
public static class CallSheet
{
    static readonly IReadOnlyList<DeskNumber> Numbers = Load();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/call-sheet", HandleAsync).RequireRole(Roles.Operator);
        routes.MapPage("/call-sheet/copy", async (NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            Pages.Show<CallSheetPage>(new { Numbers, Agencies = await AgenciesAsync(database, cancel), Copied = (DateTimeOffset?)await clock.NowAsync(cancel) })).RequireRole(Roles.Operator).IsNobodysAct();
        routes.MapGet("/call-sheet-worker.js", () => Results.Text(Worker(), "text/javascript")).AllowAnyone().ExcludeFromDescription();
    }

    static async Task<IResult> HandleAsync(Guid? referral, NpgsqlDataSource database, DatabaseClock clock, DeskBoard board, CancellationToken cancel)
    {
        if (referral is not { } id)
            return Pages.Show<CallSheetPage>(new { Numbers, Agencies = await AgenciesAsync(database, cancel) });
        var now = await clock.NowAsync(cancel);
        var clocks = await board.ClocksAsync(now, cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command($"{DeskReferral.Select} where r.id = $1", id));
        batch.BatchCommands.Add(Sql.Command("select at, actor from referral_history where referral_id = $1 and event = 'answered-by-phone' order by id", id));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            return Pages.Refuse(new Refusal("not-found"));
        var facts = DeskReferral.Read(reader);
        await reader.NextResultAsync(cancel);
        var answers = new List<(DateTimeOffset, string)>();
        while (await reader.ReadAsync(cancel))
            answers.Add((reader.Time(0), reader.GetString(1)));
        var sheet = new SheetReferral(new DeskLine(facts, Standing.Of(facts, clocks, now)), answers);
        return Pages.Show<CallSheetPage>(new { Numbers = Of(facts.Agency, facts.Unit), Referral = sheet, Now = now });
    }

    static async Task<IReadOnlyList<AgencyName>> AgenciesAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select name, name_vi, name_en from agencies");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var agencies = new List<AgencyName>();
        while (await reader.ReadAsync(cancel))
            agencies.Add(new AgencyName(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return agencies;
    }

    /// <summary>The province's own desk first, then the central ones: those who are there at all hours before those who are not.</summary>
    /// <param name="unit"><c>central</c> or a province code.</param>
    static IReadOnlyList<DeskNumber> Of(string agency, string unit) =>
    [
        .. Numbers.Where(n => n.Agency == agency && (n.ProvinceCode is null || n.ProvinceCode == unit))
            .OrderBy(n => n.ProvinceCode is null).ThenByDescending(n => n.AtAllHours),
    ];

    static IReadOnlyList<DeskNumber> Load()
    {
        using var stream = typeof(CallSheet).Assembly.GetManifestResourceStream("duty-desks.csv")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Skip(1).Select(Cells)
                .Select(c => new DeskNumber(c[0], c[2].Length == 0 ? null : c[2], c[3], c[4], c[5] == "24x7", c[6] == "plan-697")),
        ];
    }

    /// <summary>RFC 4180, without line breaks inside cells.</summary>
    static List<string> Cells(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var quoted = false;
        foreach (var c in line)
            if (c == '"')
                quoted = !quoted;
            else if (c == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
                cell.Append(c);
        cells.Add(cell.ToString());
        return cells;
    }

    static string Worker()
    {
        using var reader = new StreamReader(typeof(CallSheet).Assembly.GetManifestResourceStream("assets/call-sheet-worker.js")!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
