using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Hotline.Intake.Cases;
using Hotline.Intake.Desk;
using Hotline.Intake.Recommendations;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary>A case that the call is attached to, with who holds it already.</summary>
/// <param name="Holding">The agencies, with the groups that each was not given.</param>
public sealed record CaseOfCall(Guid Id, string Code, IReadOnlyDictionary<string, IReadOnlyList<string>> Holding);

/// <summary>One agency on the refer page.</summary>
/// <param name="Advised">Null where the rules do not call for it.</param>
/// <param name="Files">For each file that would be sent, in their order.</param>
public sealed record ReferTo(AgencyName Agency, AdvisedAgency? Advised, bool Chosen, bool Complained, bool Holds, string Purpose, IReadOnlyList<ReferFile> Files);

/// <summary>Whether an agency gets a file, and on which ground: what holds for a child need not hold for the adult beside it.</summary>
/// <param name="Ground">Null = recorded consent.</param>
public sealed record ReferFile(bool Chosen, string? Ground);

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
        var context = await earlier.OfAsync(id, call, cancel);
        Advice On(Call some, CallContext known) => Advice.On(new CallFacts(some, known, now), RuleBook.Current);
        var advice = On(call, context);
        var (agencies, cases, openedAt) = await ReadAsync(id, http.Caller(), now, database, cancel);
        var files = await FilesAsync(stored, call, cases, http.Caller(), now, database, keys, cancel);
        var each = files.Select(f => (File: f, Advice: files.Count == 1 ? advice : On(Alone(call, f), Of(context, f)))).ToList();
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
            Files = files,
            OpenedAt = openedAt,
            Open = stored.Status == "draft",
            Agencies = (IReadOnlyList<ReferTo>)[.. agencies.Select(a => Of(a, advice, each, call, cases, chosen, agency))],
        });
    }

    /// <summary>What sending would make: the file of each case that the call is attached to, else of the cases that sending opens, one per victim.</summary>
    static async Task<IReadOnlyList<FileToSend>> FilesAsync(
        StoredCall stored, Call call, IReadOnlyList<CaseOfCall> cases, Caller by, DateTimeOffset now, NpgsqlDataSource database, DataKeys keys, CancellationToken cancel)
    {
        if (cases.Count == 0)
        {
            var victims = (call.Persons ?? []).Where(p => p.Role == "victim").Select(p => p.Id).OfType<Guid>().Cast<Guid?>().DefaultIfEmpty(null);
            return [.. victims.Select(victim => new FileToSend(null, victim, CaseFiles.Of([new CaseCall(stored.Reference, call)], victim), new Dictionary<string, IReadOnlyList<string>>()))];
        }
        var files = new List<FileToSend>();
        await using var opened = database.CreateBatch();
        foreach (var one in cases)
        {
            opened.BatchCommands.Add(new AuditRecord { Kind = "case.opened", At = now, Actor = by.Alias, Case = one.Id }.Insert());
            var found = (await ReadCase.FindAsync(database, one.Id, cancel))!;
            files.Add(new FileToSend(one.Code, found.PersonId, await found.FileAsync(keys, cancel), one.Holding));
        }
        await opened.ExecuteNonQueryAsync(cancel);
        return files;
    }

    /// <summary>
    /// The call as if its victim of this file were the only one: by the number that the hotline gave, or by name where the
    /// case is of an earlier call. All of the call where this file's victim was not named in it.
    /// </summary>
    static Call Alone(Call call, FileToSend file)
    {
        var victims = (call.Persons ?? []).Where(p => p.Role == "victim").ToList();
        var own = victims.FindAll(v => v.Id == file.VictimId);
        if (own.Count == 0)
            own = victims.FindAll(v => v.FullName is { } name && file.File.Persons.Any(p => p.Role == "victim" && p.FullName is { } known && Text.Fold(known) == Text.Fold(name)));
        return own.Count == 0 ? call : call with { Persons = [.. call.Persons!.Where(p => p.Role != "victim" || own.Contains(p))] };
    }

    /// <summary>What came before the call, of this file's own case and of no other that the call is attached to.</summary>
    static CallContext Of(CallContext context, FileToSend file) => file.Code is null ? context
        : context with { File = context.KnownCase ? file.File : null, Holding = [.. file.Held.Keys.Order()] };

    /// <summary>Where the rules call for an agency by some victims only, it is offered the files of these, and those that it holds already.</summary>
    static ReferTo Of(AgencyName agency, Advice advice, IReadOnlyList<(FileToSend File, Advice Advice)> each, Call call, IReadOnlyList<CaseOfCall> cases, string urgency, string? asked)
    {
        AdvisedAgency? In(Advice some) => some.Agencies.FirstOrDefault(a => a.Agency == agency.Name);
        var advised = In(advice);
        var bySome = each.Any(e => In(e.Advice) is not null);
        return new ReferTo(
            agency, advised, asked == agency.Name || advised is not null, call.Complaint?.AgainstAgency == agency.Name,
            cases.Any(c => c.Holding.ContainsKey(agency.Name)), PurposeOf(agency.Name, urgency),
            [.. each.Select(e => OfFile(bySome ? In(e.Advice) : advised, !bySome || e.File.Held.ContainsKey(agency.Name)))]);

        ReferFile OfFile(AdvisedAgency? called, bool anyway) =>
            new(called is not null || anyway, called is null && urgency == "P0" ? "imminent-danger" : called?.Ground);
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
            select s.id, s.code, r.peer, r.withheld from cases s join case_calls cc on cc.case_id = s.id
            left join referrals r on r.case_id = s.id and r.is_open where cc.call_id = $1 order by s.code, r.created_at
            """, id));
        batch.BatchCommands.Add(Sql.Command("select created_at from calls where id = $1", id));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var agencies = new List<AgencyName>();
        while (await reader.ReadAsync(cancel))
            agencies.Add(new AgencyName(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        await reader.NextResultAsync(cancel);
        var rows = new List<(Guid Id, string Code, string? Agency, string[] Withheld)>();
        while (await reader.ReadAsync(cancel))
            rows.Add((reader.GetGuid(0), reader.GetString(1), reader.Maybe<string>(2), reader.IsDBNull(3) ? [] : reader.GetFieldValue<string[]>(3)));
        List<CaseOfCall> cases =
        [
            .. rows.GroupBy(r => (r.Id, r.Code)).Select(g => new CaseOfCall(g.Key.Id, g.Key.Code, g.Where(r => r.Agency is not null)
                .GroupBy(r => r.Agency!).ToDictionary(a => a.Key, a => (IReadOnlyList<string>)[.. a.SelectMany(r => r.Withheld).Distinct()]))),
        ];
        await reader.NextResultAsync(cancel);
        await reader.ReadAsync(cancel);
        return (agencies, cases, reader.Time(0));
    }
}
