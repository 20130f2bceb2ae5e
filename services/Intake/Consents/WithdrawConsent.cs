using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Consents;

/// <summary>
/// <c>POST /api/v1/cases/{id}/consents/withdraw</c>: consent ends, for the agencies named or for all. Must stay true: every
/// agency that holds the case is told in the same transaction, or somebody goes on reading what they may not (R12, C6).
/// </summary>
public static class WithdrawConsent
{
    public sealed record Request
    {
        /// <summary>Null or empty = every agency.</summary>
        public IReadOnlyList<string>? Agencies { get; init; }
    }

    /// <param name="Told">The agencies that hold the case and now have to confirm.</param>
    public sealed record Withdrawn(IReadOnlyList<string> Agencies, IReadOnlyList<string> Told);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/cases/{id:guid}/consents/withdraw", HandleAsync).RequireRole(Roles.Operator).Accepts<Request>("application/json").Produces<Withdrawn>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, ConsentEnd end, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
            await end.WithdrawAsync(id, request!.Agencies ?? [], http.Caller(), key, cancel) is { } withdrawn
                ? Results.Ok(withdrawn) : Problems.Refuse("not-found"),
            async _ => Results.Ok(await end.LastAsync(id, cancel)), cancel);
    }
}

/// <summary>Ends consent and tells whoever holds the case; for operators, and for consent that ran out.</summary>
public sealed class ConsentEnd(NpgsqlDataSource database, DataKeys keys, Post post, DatabaseClock clock, OutboxSignal signal)
{
    /// <param name="agencies">Empty = all.</param>
    /// <param name="by">Null = the consent ran out.</param>
    /// <returns>Null where there is no such case.</returns>
    public async Task<WithdrawConsent.Withdrawn?> WithdrawAsync(Guid caseId, IReadOnlyList<string> agencies, Caller? by, IdempotencyKey? key, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await KeyOfCaseAsync(connection, caseId, cancel) is null)
            return null;
        var ended = await EndAsync(connection, caseId, agencies, by, now, cancel);
        var held = await HeldAsync(connection, caseId, ended, cancel);
        var dataKeys = await keys.GetAsync([.. held.Select(r => r.KeyId).Distinct()], cancel);

        await using var batch = new NpgsqlBatch(connection);
        var commands = new List<NpgsqlBatchCommand>();
        foreach (var row in held)
            Tell(row, dataKeys[row.KeyId], by?.Alias ?? "system", now, commands);
        commands.AddRange(ended.Select(agency => new AuditRecord
        {
            Kind = "consent.ended", At = now, Actor = by?.Alias ?? "system", Case = caseId, Code = agency,
        }.Insert()));
        if (key is not null)
            commands.Add(key.Insert(caseId));
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        if (commands.Count > 0)
            await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        signal.Raise();
        return new WithdrawConsent.Withdrawn(ended, [.. held.Select(r => r.Peer).Distinct()]);
    }

    /// <summary>What stands withdrawn of a case, for a request that is sent again.</summary>
    public async Task<WithdrawConsent.Withdrawn> LastAsync(Guid caseId, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select array(select distinct agency from consent_withdrawals where case_id = $1 order by agency),
              array(select distinct peer from referrals where case_id = $1 and consent_withdrawn_at is not null order by peer)
            """);
        command.Parameters.Add(Sql.Parameter(caseId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new WithdrawConsent.Withdrawn(reader.GetFieldValue<string[]>(0), reader.GetFieldValue<string[]>(1));
    }

    void Tell(ReferralRow row, DataKey key, string actor, DateTimeOffset now, List<NpgsqlBatchCommand> commands)
    {
        var (jti, sha256) = post.Write(row, key, Kinds.ConsentWithdrawn, new ConsentWithdrawn(row.Peer, now), now, commands);
        commands.Add(row.History(Kinds.ConsentWithdrawn, actor, now, jti, new AuditRecord { Kind = Kinds.ConsentWithdrawn, At = now, Actor = actor, Sha256 = Digest.Text(sha256) }));
        commands.Add(Sql.Command("update referrals set consent_withdrawn_at = $2, consent_confirmed_at = null where id = $1", row.Id, now));
        commands.Add(row.Save());
    }

    static async Task<Guid?> KeyOfCaseAsync(NpgsqlConnection connection, Guid caseId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select key_id from cases where id = $1 for update", connection);
        command.Parameters.Add(Sql.Parameter(caseId));
        return await command.ExecuteScalarAsync(cancel) as Guid?;
    }

    /// <summary>The agencies for which consent ends now.</summary>
    static async Task<List<string>> EndAsync(
        NpgsqlConnection connection, Guid caseId, IReadOnlyList<string> agencies, Caller? by, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with ended as (
              update consents set ended_at = $3 where case_id = $1 and ended_at is null and (cardinality($2::text[]) = 0 or agency = any($2)))
            insert into consent_withdrawals (id, case_id, agency, withdrawn_at, withdrawn_by)
            select gen_random_uuid(), $1, name, $3, $4 from agencies where cardinality($2::text[]) = 0 or name = any($2) order by name returning agency
            """, connection);
        command.Parameters.Add(Sql.Parameter(caseId));
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. agencies] });
        command.Parameters.Add(Sql.Parameter(now));
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)by?.AccountId ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var ended = new List<string>();
        while (await reader.ReadAsync(cancel))
            ended.Add(reader.GetString(0));
        return ended;
    }

    /// <summary>Every referral that left the house, whatever became of it: who got the file has it.</summary>
    static async Task<List<ReferralRow>> HeldAsync(NpgsqlConnection connection, Guid caseId, List<string> agencies, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select {ReferralRow.Columns} from referrals
            where case_id = $1 and peer = any($2) and not (state = 'revoked' and delivered_at is null) order by id for update
            """, connection);
        command.Parameters.Add(Sql.Parameter(caseId));
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. agencies] });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<ReferralRow>();
        while (await reader.ReadAsync(cancel))
            rows.Add(ReferralRow.Read(reader));
        return rows;
    }
}
