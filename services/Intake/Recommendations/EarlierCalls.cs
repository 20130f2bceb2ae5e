using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Hotline.Intake.Cases;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Recommendations;

/// <summary>Finds out what came before a call: the case that it is about, and silent calls from the same number.</summary>
public sealed class EarlierCalls(NpgsqlDataSource database, DataKeys keys, StorageKeys storage)
{
    static readonly TimeSpan SilentWithin = TimeSpan.FromMinutes(60);
    const int MostCandidates = 200;

    public async Task<CallContext> OfAsync(Guid callId, Call call, CancellationToken cancel)
    {
        var silent = CallFacts.IsFactFree(call) ? await FactFreeAsync(callId, call, cancel) : 0;
        var (attached, further) = await AttachedAsync(callId, cancel);
        var known = attached ?? await SamePersonAsync(callId, call, cancel);
        if (known is null)
            return CallContext.None with { FactFreeCalls = silent };
        var file = await ReadCase.FindAsync(database, known.Value, cancel) is { } found ? await found.FileAsync(keys, cancel) : null;
        // The call that opened the case is no further one.
        var isKnown = attached is null || further;
        return new CallContext(isKnown, isKnown ? file : null, await HoldingAsync(known.Value, cancel), silent);
    }

    async Task<(Guid? Case, bool Further)> AttachedAsync(Guid callId, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select case_id, position > 1 from case_calls where call_id = $1 order by position desc limit 1");
        command.Parameters.Add(Sql.Parameter(callId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? (reader.GetGuid(0), reader.GetBoolean(1)) : (null, false);
    }

    async Task<IReadOnlyList<string>> HoldingAsync(Guid caseId, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select distinct peer from referrals where case_id = $1 and is_open order by peer");
        command.Parameters.Add(Sql.Parameter(caseId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var agencies = new List<string>();
        while (await reader.ReadAsync(cancel))
            agencies.Add(reader.GetString(0));
        return agencies;
    }

    /// <summary>K4: how many calls without facts the number has made in the last hour, this one included.</summary>
    async Task<int> FactFreeAsync(Guid callId, Call call, CancellationToken cancel)
    {
        if (PhoneNumber.Normalise(call.CallerNumber) is not { } number || call.StartedAt is not { } at)
            return 1;
        var earlier = await OpenAsync(
            "select id, reference, status, key_id, content, version from calls where caller_index = $1 and id <> $2 order by created_at desc limit $3",
            [new NpgsqlParameter<short> { TypedValue = (short)storage.BlindIndex(number, SealedCall.CallerNumberPurpose) }, Sql.Parameter(callId)], cancel);
        // Counted by the instant that they rang: the same call logged twice is one.
        return 1 + earlier
            .Where(e => e.Call.StartedAt < at && at - e.Call.StartedAt <= SilentWithin && CallFacts.IsFactFree(e.Call) && PhoneNumber.Normalise(e.Call.CallerNumber) == number)
            .Select(e => e.Call.StartedAt).Distinct().Count();
    }

    /// <summary>
    /// A case about a victim of the same name, where number, province or year of birth agree too: a name alone is shared
    /// by many, and a number alone does not prove who is calling (K3).
    /// </summary>
    async Task<Guid?> SamePersonAsync(Guid callId, Call call, CancellationToken cancel)
    {
        var number = PhoneNumber.Normalise(call.CallerNumber);
        foreach (var victim in (call.Persons ?? []).Where(p => p.Role == "victim" && CallTerms.Words(p.FullName).Length > 1))
        {
            var earlier = await OpenAsync(
                """
                select id, reference, status, key_id, content, version from calls c
                where id in (select call_id from call_terms where terms @> array[$1]) and id <> $2 and exists (select from case_calls where call_id = c.id)
                order by created_at desc limit $3
                """, [Sql.Parameter(CallTerms.FullName(victim.FullName!, storage)), Sql.Parameter(callId)], cancel);
            foreach (var (id, other) in earlier.Where(e => IsSame(victim, call, e.Call, number)))
                return (await AttachedAsync(id, cancel)).Case;
        }
        return null;
    }

    static bool IsSame(Person victim, Call call, Call other, string? number) =>
        (other.Persons ?? []).Any(p => p.Role == "victim" && Text.Fold(p.FullName) == Text.Fold(victim.FullName)
            && (number is not null && PhoneNumber.Normalise(other.CallerNumber) == number
                || call.PlaceOfEvent?.ProvinceCode is { } province && other.PlaceOfEvent?.ProvinceCode == province
                || CallTerms.BirthYears(p, other).Intersect(CallTerms.BirthYears(victim, call)).Any()));

    async Task<List<(Guid Id, Call Call)>> OpenAsync(string query, NpgsqlParameter[] parameters, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(query);
        command.Parameters.AddRange(parameters);
        command.Parameters.Add(Sql.Parameter(MostCandidates));
        var stored = new List<StoredCall>();
        await using (var reader = await command.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
                stored.Add(StoredCall.Read(reader));
        var dataKeys = await keys.GetAsync([.. stored.Select(s => s.KeyId).Distinct()], cancel);
        return [.. stored.Where(s => dataKeys.ContainsKey(s.KeyId)).Select(s => (s.Id, s.Open(dataKeys[s.KeyId])))];
    }
}
