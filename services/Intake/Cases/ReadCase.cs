using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Intake.Calls;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary><c>GET /api/v1/cases/{id}</c>: the file as it stands, its calls and its referrals, for operators. Every reading is recorded.</summary>
public static class ReadCase
{
    public sealed record CallItem(Guid Id, string Reference);

    public sealed record ReferralItem(Guid Id, string Reference, string Agency, string Urgency, string State);

    public sealed record LinkedCase(Guid Id, string Code);

    public sealed record Answer(
        Guid Id, string Code, long Version, Guid? PersonId, IReadOnlyList<CallItem> Calls, CaseFile File,
        IReadOnlyList<ReferralItem> Referrals, IReadOnlyList<LinkedCase> LinkedCases)
    {
        public override string ToString() => nameof(Answer);
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/cases/{id:guid}", HandleAsync).RequireRole(Roles.Operator).OrBreakGlass().Produces<Answer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, DatabaseClock clock, CancellationToken cancel)
    {
        if (await FindAsync(database, id, cancel) is not { } found)
            return Problems.Refuse(new Refusal("not-found"));
        var file = await found.FileAsync(keys, cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "case.opened", At = await clock.NowAsync(cancel), Actor = http.Caller().Alias, Case = id }.Insert());
        batch.BatchCommands.Add(Sql.Command("select id, reference, peer, urgency, state from referrals where case_id = $1 order by created_at", id));
        batch.BatchCommands.Add(Sql.Command(
            """
            select distinct c.id, c.code from cases c join case_calls cc on cc.case_id = c.id
            where cc.call_id in (select call_id from case_calls where case_id = $1) and c.id <> $1 order by c.code
            """, id));
        var (referrals, linked) = (new List<ReferralItem>(), new List<LinkedCase>());
        await using (var reader = await batch.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
                referrals.Add(new ReferralItem(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4)));
            await reader.NextResultAsync(cancel);
            while (await reader.ReadAsync(cancel))
                linked.Add(new LinkedCase(reader.GetGuid(0), reader.GetString(1)));
        }
        http.SetETag(found.Version);
        return Results.Ok(new Answer(
            id, found.Code, found.Version, found.PersonId, [.. found.Calls.Select(c => new CallItem(c.Id, c.Reference))], file, referrals, linked));
    }

    /// <summary>A case with its sealed calls, oldest first.</summary>
    public sealed record Found(Guid Id, string Code, Guid KeyId, Guid? PersonId, long Version, IReadOnlyList<StoredCall> Calls)
    {
        public async ValueTask<CaseFile> FileAsync(DataKeys keys, CancellationToken cancel)
        {
            // The case's own key comes along, for what is sealed next.
            var dataKeys = await keys.GetAsync([.. Calls.Select(c => c.KeyId), KeyId], cancel);
            if (!dataKeys.ContainsKey(KeyId))
                throw new KeyDestroyedException(KeyId);
            return CaseFiles.Of([.. Calls.Select(c => new CaseCall(c.Reference, c.Open(dataKeys[c.KeyId])))], PersonId);
        }

        /// <summary>Whether any call of the case complains about the agency; a later call about something else does not unsay it (G6).</summary>
        public async ValueTask<bool> ComplainsAboutAsync(string agency, DataKeys keys, CancellationToken cancel)
        {
            var dataKeys = await keys.GetAsync([.. Calls.Select(c => c.KeyId)], cancel);
            return Calls.Any(c => c.Open(dataKeys[c.KeyId]).Complaint?.AgainstAgency == agency);
        }
    }

    public static async Task<Found?> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await FindAsync(connection, id, cancel);
    }

    /// <summary>For who holds a connection already: with two for each, a few at once would wait for each other.</summary>
    internal static async Task<Found?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Find([id]));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        return (await ReadAsync(reader, cancel)).GetValueOrDefault(id);
    }

    /// <summary>The question for <see cref="ReadAsync"/>, for batches that ask more. <c>(select $1)</c>: one plan for any number (decision record 91).</summary>
    internal static NpgsqlBatchCommand Find(Guid[] ids) => Sql.Command(
        """
        select s.id, s.code, s.key_id, s.person_id, s.version, c.id, c.reference, c.status, c.key_id, c.content, c.version
        from cases s join case_calls cc on cc.case_id = s.id join calls c on c.id = cc.call_id where s.id = any((select $1)::uuid[]) order by s.id, cc.position
        """, ids);

    internal static async Task<Dictionary<Guid, Found>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancel)
    {
        var all = new Dictionary<Guid, Found>();
        while (await reader.ReadAsync(cancel))
        {
            var id = reader.GetGuid(0);
            if (!all.TryGetValue(id, out var found))
                all[id] = found = new Found(id, reader.GetString(1), reader.GetGuid(2), reader.Maybe<Guid?>(3), reader.GetInt64(4), new List<StoredCall>());
            ((List<StoredCall>)found.Calls).Add(new StoredCall(
                reader.GetGuid(5), reader.GetString(6), reader.GetString(7), reader.GetGuid(8), reader.GetFieldValue<byte[]>(9), reader.GetInt64(10)));
        }
        return all;
    }
}
