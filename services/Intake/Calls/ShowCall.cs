using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Intake.Recommendations;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Calls;

/// <summary>An agency that consent can name.</summary>
public sealed record AgencyName(string Name, string Vi, string En);

/// <summary>An earlier call of the same number, with its cases.</summary>
public sealed record EarlierCall(SearchCalls.Found Call, IReadOnlyList<(Guid Id, string Code, bool Attached)> Cases);

/// <summary><c>GET /calls/{id}</c>: the call on the screen. Each field goes to the sealed draft as it is typed (<see cref="AmendCall"/>).</summary>
public static class ShowCall
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapForm("/calls", StartAsync).RequireRole(Roles.Operator);
        routes.MapPage("/calls/{id:guid}", HandleAsync).RequireRole(Roles.Operator);
        routes.MapFragment("/calls/{id:guid}/earlier", EarlierAsync).RequireRole(Roles.Operator);
        routes.MapFragment("/calls/{id:guid}/advice", AdviseAsync).RequireRole(Roles.Operator);
    }

    /// <summary>From the first ring: the draft is there before the first word (R1).</summary>
    static async Task<IResult> StartAsync(
        HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, TimeProvider time, CancellationToken cancel)
    {
        var call = new Call { StartedAt = await clock.NowAsync(cancel), Channel = "phone", Language = "vi" };
        var opened = await OpenCall.WriteAsync(call, http.Caller(), null, database, keys, storage, clock, time, cancel);
        return Results.LocalRedirect($"/calls/{opened.Id}");
    }

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        if (await ReadCall.FindAsync(database, id, cancel) is not { } stored)
            return Pages.Refuse(new Refusal("not-found"));
        var call = stored.Open(await keys.GetAsync(stored.KeyId, cancel));
        var now = await clock.NowAsync(cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "call.opened", At = now, Actor = http.Caller().Alias, Call = id }.Insert());
        batch.BatchCommands.Add(Sql.Command("select name, name_vi, name_en from agencies where enabled order by name"));
        batch.BatchCommands.Add(Sql.Command("select created_at, updated_at from calls where id = $1", id));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var agencies = new List<AgencyName>();
        while (await reader.ReadAsync(cancel))
            agencies.Add(new AgencyName(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        await reader.NextResultAsync(cancel);
        await reader.ReadAsync(cancel);
        return Pages.Show<CallPage>(new
        {
            stored.Id,
            stored.Reference,
            stored.Version,
            Open = stored.Status == "draft",
            Call = call,
            Agencies = (IReadOnlyList<AgencyName>)agencies,
            OpenedAt = reader.Time(0),
            SavedAt = reader.Time(1),
        });
    }

    static async Task<IResult> EarlierAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        if (await ReadCall.FindAsync(database, id, cancel) is not { } stored)
            return Pages.Refuse(new Refusal("not-found"));
        var number = PhoneNumber.Normalise(stored.Open(await keys.GetAsync(stored.KeyId, cancel)).CallerNumber);
        var calls = number is null ? [] : (await SearchCalls.NewestAsync(number, database, keys, storage, cancel)).Where(c => c.Id != id).ToList();
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "calls.searched", At = await clock.NowAsync(cancel), Actor = http.Caller().Alias, Call = id }.Insert());
        batch.BatchCommands.Add(Sql.Command(
            "select id, code, exists (select from case_calls where case_id = cases.id and call_id = $2) from cases where id = any($1) order by code desc",
            calls.SelectMany(c => c.Cases).Distinct().ToArray(), id));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var cases = new Dictionary<Guid, (Guid, string, bool)>();
        while (await reader.ReadAsync(cancel))
            cases[reader.GetGuid(0)] = (reader.GetGuid(0), reader.GetString(1), reader.GetBoolean(2));
        IReadOnlyList<EarlierCall> found = [.. calls.Select(c => new EarlierCall(c, [.. c.Cases.Where(cases.ContainsKey).Select(x => cases[x])]))];
        return Pages.Show<EarlierCallsPane>(new { Calls = found, Known = number is not null, Now = await clock.NowAsync(cancel) });
    }

    static async Task<IResult> AdviseAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, EarlierCalls earlier, DatabaseClock clock, CancellationToken cancel)
    {
        if (await ReadCall.FindAsync(database, id, cancel) is not { } stored)
            return Pages.Refuse(new Refusal("not-found"));
        var call = stored.Open(await keys.GetAsync(stored.KeyId, cancel));
        var now = await clock.NowAsync(cancel);
        var advice = Advice.On(new CallFacts(call, await earlier.OfAsync(id, call, cancel), now), RuleBook.Current);
        // Whoever writes the call is advised with every autosave: that is part of the opening, which is recorded.
        if (!await IsWrittenByAsync(database, id, http.Caller(), cancel))
        {
            await using var audit = database.CreateBatch();
            audit.BatchCommands.Add(new AuditRecord { Kind = "call.advised", At = now, Actor = http.Caller().Alias, Call = id }.Insert());
            await audit.ExecuteNonQueryAsync(cancel);
        }
        return Pages.Show<AdvicePane>(new { Advice = advice, Call = call });
    }

    static async Task<bool> IsWrittenByAsync(NpgsqlDataSource database, Guid call, Caller caller, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select status = 'draft' and created_by = $2 from calls where id = $1");
        command.Parameters.Add(Sql.Parameter(call));
        command.Parameters.Add(Sql.Parameter(caller.AccountId));
        return await command.ExecuteScalarAsync(cancel) is true;
    }
}
