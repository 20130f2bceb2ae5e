using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary>
/// <c>POST /api/v1/cases/search</c>: by code, caller's number, name without marks, year of birth, province; all that is
/// given must fit. The database proposes candidates by blind indexes; they are opened and compared. Whose names are shown is recorded.
/// </summary>
public static class FindCases
{
    public sealed record Request
    {
        [Max(40)] public string? Code { get; init; }
        [Max(200)] public string? CallerNumber { get; init; }
        [Max(200)] public string? Name { get; init; }
        public int? BirthYear { get; init; }
        [Code("province")] public string? ProvinceCode { get; init; }
    }

    public sealed record Found(Guid Id, string Code, DateTimeOffset CreatedAt, IReadOnlyList<FoundPerson> Persons);

    public sealed record FoundPerson(string? Role, string? FullName, IReadOnlyList<int> BirthYears, string? ProvinceCode);

    /// <summary>Newest first; who gets this many should say more.</summary>
    const int Most = 50;

    /// <summary>How many candidates are opened at the most.</summary>
    const int Opened = 400;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/cases/search", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Page<Found>>();

    static async Task<IResult> HandleAsync(
        HttpContext http, NpgsqlDataSource database, DataKeys keys, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, _, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var (portion, badPortion) = Portion.Read(http);
        if (badPortion is not null)
            return Problems.Refuse(badPortion);
        var number = PhoneNumber.Normalise(request!.CallerNumber);
        var terms = CallTerms.Search(request.Name, request.BirthYear, request.ProvinceCode, storage);
        if (string.IsNullOrWhiteSpace(request.Code) && number is null && terms.Length == 0)
            return Problems.Refuse("request.malformed");

        await RecordAsync([new AuditRecord { Kind = "cases.searched", At = await clock.NowAsync(cancel), Actor = http.Caller().Alias }], database, cancel);
        var candidates = await CandidatesAsync(database, request.Code, number is null ? null : storage.BlindIndex(number, SealedCall.CallerNumberPurpose), terms, cancel);
        var dataKeys = await keys.GetAsync([.. candidates.Select(c => c.Call.KeyId).Distinct()], cancel);
        var found = candidates
            .Where(c => dataKeys.ContainsKey(c.Call.KeyId))
            .Select(c => Match(c, c.Call.Open(dataKeys[c.Call.KeyId]), request, number))
            .OfType<Found>()
            .GroupBy(f => f.Id).Select(g => g.First() with { Persons = [.. g.SelectMany(f => f.Persons).Distinct()] })
            .Take(Most).ToList();
        // Names and years of birth are content: of each case whose are shown it stands on record, before they are.
        var now = await clock.NowAsync(cancel);
        await RecordAsync([.. found.Where(f => f.Persons.Count > 0).Select(f => new AuditRecord { Kind = "case.found", At = now, Actor = http.Caller().Alias, Case = f.Id })], database, cancel);
        return Results.Ok(portion!.Of(found));
    }

    static async Task RecordAsync(IReadOnlyList<AuditRecord> records, NpgsqlDataSource database, CancellationToken cancel)
    {
        if (records.Count == 0)
            return;
        await using var batch = database.CreateBatch();
        foreach (var insert in Rows.Stack([.. records.Select(r => r.Insert())]))
            batch.BatchCommands.Add(insert);
        await batch.ExecuteNonQueryAsync(cancel);
    }

    sealed record Candidate(Guid CaseId, string Code, DateTimeOffset CreatedAt, StoredCall Call);

    static async Task<List<Candidate>> CandidatesAsync(NpgsqlDataSource database, string? code, int? number, int[] terms, CancellationToken cancel)
    {
        // Each way in by its own index; what is not asked falls out of the statement.
        var where = new List<string>();
        await using var command = database.CreateCommand();
        void Ask(string condition, NpgsqlParameter parameter)
        {
            command.Parameters.Add(parameter);
            where.Add(condition.Replace("?", $"${command.Parameters.Count}", StringComparison.Ordinal));
        }
        if (!string.IsNullOrWhiteSpace(code))
            Ask("s.code = ?", Sql.Parameter(code.Trim().ToUpperInvariant()));
        if (number is { } index)
            Ask("c.caller_index = ?", new NpgsqlParameter<short> { TypedValue = (short)index });
        if (terms.Length > 0)
            Ask("c.id in (select call_id from call_terms where terms @> ?)", new NpgsqlParameter<int[]> { TypedValue = terms });
        command.CommandText =
            $"""
            select s.id, s.code, s.created_at, c.id, c.reference, c.status, c.key_id, c.content, c.version
            from calls c join case_calls cc on cc.call_id = c.id join cases s on s.id = cc.case_id
            where {string.Join(" and ", where)} order by c.created_at desc limit {Opened}
            """;
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var candidates = new List<Candidate>();
        while (await reader.ReadAsync(cancel))
            candidates.Add(new Candidate(reader.GetGuid(0), reader.GetString(1), reader.Time(2), new StoredCall(
                reader.GetGuid(3), reader.GetString(4), reader.GetString(5), reader.GetGuid(6), reader.GetFieldValue<byte[]>(7), reader.GetInt64(8))));
        return candidates;
    }

    /// <summary>Null where the blind indexes were wrong about this call.</summary>
    static Found? Match(Candidate candidate, Call call, Request request, string? number)
    {
        if (number is not null && PhoneNumber.Normalise(call.CallerNumber) != number)
            return null;
        if (request.ProvinceCode is not null && call.PlaceOfEvent?.ProvinceCode != request.ProvinceCode)
            return null;
        var persons = (call.Persons ?? []).Append(new Person { Role = "reporter", FullName = call.CallerName }).Where(p => Fits(p, call, request)).ToList();
        if ((request.Name is not null || request.BirthYear is not null) && persons.Count == 0)
            return null;
        return new Found(candidate.CaseId, candidate.Code, candidate.CreatedAt,
            [.. persons.Where(p => p.FullName is not null).Select(p => new FoundPerson(p.Role, p.FullName, [.. CallTerms.BirthYears(p, call)], call.PlaceOfEvent?.ProvinceCode))]);
    }

    /// <summary>Name and year of birth must be of the same person.</summary>
    static bool Fits(Person person, Call call, Request request) =>
        (request.Name is null || !CallTerms.Words(request.Name).Except(CallTerms.Words(person.FullName)).Any())
        && (request.BirthYear is null || CallTerms.BirthYears(person, call).Contains(request.BirthYear.Value));
}
