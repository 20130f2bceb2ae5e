using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Hotline.Intake.Desk;
using Hotline.Intake.Recommendations;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary>A case that the call is attached to, with who holds it already.</summary>
public sealed record CaseOfCall(Guid Id, string Code, Guid? PersonId, IReadOnlyList<string> Holding);

/// <summary>One agency on the refer page.</summary>
/// <param name="Advised">Null where the rules do not call for it.</param>
public sealed record ReferTo(AgencyName Agency, AdvisedAgency? Advised, bool Chosen, bool Complained, bool Holds, string Purpose, string? Ground);

/// <summary><c>GET /calls/{id}/refer</c>: to whom, why, on which ground, and exactly what each will see. Sending is <see cref="SendReferral"/>'s.</summary>
public static class ShowRefer
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPage("/calls/{id:guid}/refer", HandleAsync).RequireRole(Roles.Operator);

    static async Task<IResult> HandleAsync(
        Guid id, string? agency, string? urgency, HttpContext http, NpgsqlDataSource database, DataKeys keys, EarlierCalls earlier, DeskBoard board, DatabaseClock clock, CancellationToken cancel)
    {
        if (await ReadCall.FindAsync(database, id, cancel) is not { } stored)
            return Pages.Refuse(new Refusal("not-found"));
        var call = stored.Open(await keys.GetAsync(stored.KeyId, cancel));
        var now = await clock.NowAsync(cancel);
        var advice = Advice.On(new CallFacts(call, await earlier.OfAsync(id, call, cancel), now), RuleBook.Current);
        var (agencies, cases, openedAt) = await ReadAsync(id, http.Caller(), now, database, cancel);
        var chosen = CodeList.Of("urgency").Contains(urgency ?? "") ? urgency! : advice.Urgency ?? "P2";
        return Pages.Show<ReferPage>(new
        {
            stored.Id,
            stored.Reference,
            Call = call,
            Advice = advice,
            Urgency = chosen,
            Clocks = await board.ClocksAsync(now, cancel),
            Cases = cases,
            OpenedAt = openedAt,
            Open = stored.Status == "draft",
            Agencies = (IReadOnlyList<ReferTo>)[.. agencies.Select(a => Of(a, advice, call, cases, chosen, agency))],
        });
    }

    static ReferTo Of(AgencyName agency, Advice advice, Call call, IReadOnlyList<CaseOfCall> cases, string urgency, string? asked)
    {
        var advised = advice.Agencies.FirstOrDefault(a => a.Agency == agency.Name);
        var ground = advised?.Ground ?? (advised is null && urgency == "P0" ? "imminent-danger" : null);
        return new ReferTo(
            agency, advised, asked == agency.Name || advised is not null, call.Complaint?.AgainstAgency == agency.Name,
            cases.Any(c => c.Holding.Contains(agency.Name)), PurposeOf(agency.Name, urgency), ground);
    }

    /// <summary>What an agency is mostly asked for; a person may choose another.</summary>
    static string PurposeOf(string agency, string urgency) => agency switch
    {
        "womens-union" => "shelter-support",
        "child-protection" => "child-protection",
        _ when urgency == "P0" => "rescue",
        "police" or "border-guard" => urgency == "P3" ? "information" : "investigation",
        _ => "protection",
    };

    static async Task<(List<AgencyName> Agencies, IReadOnlyList<CaseOfCall> Cases, DateTimeOffset OpenedAt)> ReadAsync(
        Guid id, Caller by, DateTimeOffset now, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "call.opened", At = now, Actor = by.Alias, Call = id }.Insert());
        batch.BatchCommands.Add(Sql.Command("select name, name_vi, name_en from agencies where enabled order by name"));
        batch.BatchCommands.Add(Sql.Command(
            """
            select s.id, s.code, s.person_id, array(select peer from referrals where case_id = s.id and is_open)
            from cases s join case_calls cc on cc.case_id = s.id where cc.call_id = $1 order by s.code
            """, id));
        batch.BatchCommands.Add(Sql.Command("select created_at from calls where id = $1", id));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var agencies = new List<AgencyName>();
        while (await reader.ReadAsync(cancel))
            agencies.Add(new AgencyName(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        await reader.NextResultAsync(cancel);
        var cases = new List<CaseOfCall>();
        while (await reader.ReadAsync(cancel))
            cases.Add(new CaseOfCall(reader.GetGuid(0), reader.GetString(1), reader.Maybe<Guid?>(2), reader.GetFieldValue<string[]>(3)));
        await reader.NextResultAsync(cancel);
        await reader.ReadAsync(cancel);
        return (agencies, cases, reader.Time(0));
    }
}
