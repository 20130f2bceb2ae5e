using System.Text;
using Hotline.Console;
using Hotline.Contracts;
using Hotline.Duty.Ladders;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Npgsql;

namespace Hotline.Intake.Desk;

/// <summary>A number to ring by hand.</summary>
public sealed record DeskNumber(string Agency, string? ProvinceCode, string Unit, string Phone, bool AtAllHours, bool Old);

/// <summary>The referral that nobody answers for, coded.</summary>
public sealed record SheetReferral(DeskLine Line, IReadOnlyList<SheetAnswer> Answers);

/// <summary>Somebody answered the telephone (R32).</summary>
/// <param name="RecordedBy">Alias of the operator who wrote it down.</param>
/// <param name="Said">Who, where, on which number; null where the case was shredded.</param>
public sealed record SheetAnswer(DateTimeOffset At, string RecordedBy, AnsweredByPhone? Said);

/// <summary>
/// <c>GET /call-sheet</c>: whom to telephone, in order, with who answered beside each (R32, R33). No case data: a copy
/// stays in the browser and is shown when the network is away.
/// </summary>
public static class CallSheet
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/call-sheet", HandleAsync).RequireRole(Roles.Operator);
        routes.MapPage("/call-sheet/copy", async (NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            Pages.Show<CallSheetPage>(new { Numbers = await NumbersAsync(database, cancel), Agencies = await AgenciesAsync(database, cancel), Copied = (DateTimeOffset?)await clock.NowAsync(cancel) })).RequireRole(Roles.Operator).IsNobodysAct();
        routes.MapGet("/call-sheet-worker.js", () => Results.Text(Worker(), "text/javascript")).AllowAnyone().ExcludeFromDescription();
    }

    static async Task<IResult> HandleAsync(
        Guid? referral, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, DeskBoard board, CancellationToken cancel)
    {
        if (referral is not { } id)
            return Pages.Show<CallSheetPage>(new { Numbers = await NumbersAsync(database, cancel), Agencies = await AgenciesAsync(database, cancel) });
        var now = await clock.NowAsync(cancel);
        var clocks = await board.ClocksAsync(now, cancel);
        if (await FindAsync(id, database, cancel) is not { } facts)
            return Pages.Refuse(new Refusal("not-found"));
        var answers = await AnswersAsync(id, database, keys, cancel);
        if (answers.Count > 0)
            await ReferralHistory.RecordReadingAsync(database, id, http.Caller().Alias, now, cancel);
        var sheet = new SheetReferral(new DeskLine(facts, Standing.Of(facts, clocks, now)), answers);
        return Pages.Show<CallSheetPage>(new { Numbers = Of(await NumbersAsync(database, cancel), facts.Agency, facts.Unit), Referral = sheet, Now = now });
    }

    static async Task<DeskReferral?> FindAsync(Guid id, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"{DeskReferral.Select} where r.id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? DeskReferral.Read(reader) : null;
    }

    /// <summary>The words are in the message that told the agency, sealed.</summary>
    static async Task<IReadOnlyList<SheetAnswer>> AnswersAsync(Guid referral, NpgsqlDataSource database, DataKeys keys, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select h.at, h.actor, s.jti, s.key_id, s.sealed_jws from referral_history h join sent_messages s on s.jti = h.jti
            where h.referral_id = $1 and h.event = 'answered-by-phone' order by h.id
            """);
        command.Parameters.Add(Sql.Parameter(referral));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var answers = new List<SheetAnswer>();
        while (await reader.ReadAsync(cancel))
        {
            var key = (await keys.GetAsync([reader.GetGuid(3)], cancel)).GetValueOrDefault(reader.GetGuid(3));
            var said = key is null ? null : Received.ReadBody(SignedMessage.PayloadOf(key.OpenSigned(reader.GetFieldValue<byte[]>(4), SentMessages.Cell(reader.GetGuid(2))))) as AnsweredByPhone;
            answers.Add(new SheetAnswer(reader.Time(0), reader.GetString(1), said));
        }
        return answers;
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
    static IReadOnlyList<DeskNumber> Of(IReadOnlyList<DeskNumber> numbers, string agency, string unit) =>
    [
        .. numbers.Where(n => n.Agency == agency && (n.ProvinceCode is null || n.ProvinceCode == unit))
            .OrderBy(n => n.ProvinceCode is null).ThenByDescending(n => n.AtAllHours),
    ];

    /// <summary>Of every agency, as the hotline keeps them now.</summary>
    static async Task<IReadOnlyList<DeskNumber>> NumbersAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select agency, unit, name_vi, phone, hours = '24x7', source = 'plan-697' from desks order by position");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var numbers = new List<DeskNumber>();
        while (await reader.ReadAsync(cancel))
            numbers.Add(new DeskNumber(
                reader.GetString(0), reader.GetString(1) is var unit && unit == LadderStep.Central ? null : unit, reader.GetString(2), reader.GetString(3), reader.GetBoolean(4), reader.GetBoolean(5)));
        return numbers;
    }

    static string Worker()
    {
        using var reader = new StreamReader(typeof(CallSheet).Assembly.GetManifestResourceStream("assets/call-sheet-worker.js")!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
