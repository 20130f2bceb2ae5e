using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Live;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary>What the operator gets back from every change of a referral.</summary>
public sealed record ReferralAnswer(Guid Id, string Reference, string State, long Version, IReadOnlyList<string> Missing)
{
    public static async Task<ReferralAnswer?> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select id, reference, state, version, missing from referrals where id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new ReferralAnswer(id, reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetFieldValue<string[]>(4)) : null;
    }

    /// <summary>As it was answered first.</summary>
    public static async Task<ReferralAnswer?> FindAsync(NpgsqlDataSource database, AnsweredBefore before, CancellationToken cancel) =>
        await FindAsync(database, before.Id, cancel) is { } now ? now with { State = before.State ?? now.State, Version = before.Version ?? now.Version } : null;
}

/// <summary>A referral that this request has locked, with the means to say something to its agency.</summary>
public sealed record LockedReferral(NpgsqlConnection Connection, ReferralRow Row, Guid? CaseId, DataKey Key, DateTimeOffset Now, Caller By, Post Post)
{
    readonly List<NpgsqlBatchCommand> commands = [];

    /// <summary>What the file does not say; changed by an update.</summary>
    public required IReadOnlyList<string> Missing { get; set; }

    /// <summary>It was answered once, and pages go out again: raised, handed back, or silent for too long.</summary>
    public required bool AskedAnew { get; init; }

    public void Write(NpgsqlBatchCommand command) => commands.Add(command);

    public void Log(string happened, Guid? jti, string? sha256 = null, string? code = null)
    {
        commands.Add(Row.History(happened, By.Alias, Now, jti, new AuditRecord { Kind = happened, At = Now, Actor = By.Alias, Case = CaseId, Sha256 = sha256, Code = code }));
    }

    /// <summary>Sends, and logs that it was sent.</summary>
    public void Send<TBody>(string kind, TBody body, string? code = null)
    {
        var (jti, sha256) = Post.Write(Row, Key, kind, body, Now, commands);
        Log(kind, jti, Digest.Text(sha256), code);
    }

    internal IReadOnlyList<NpgsqlBatchCommand> Commands => commands;
}

/// <summary>
/// The one way in which an operator changes a referral: lock, version, decide, write, answer. A refusal changes nothing.
/// </summary>
public sealed class HubReferral(NpgsqlDataSource database, DataKeys keys, Post post, DatabaseClock clock, OutboxSignal signal, Changes changes)
{
    /// <param name="change">Writes through what it is given, or returns why not.</param>
    public async Task<IResult> ChangeAsync(
        HttpContext http, Guid id, ReadOnlyMemory<byte> raw, Func<LockedReferral, Task<Refusal?>> change, CancellationToken cancel)
    {
        var (version, bad) = Versions.Optional(http);
        if (bad is not null)
            return Problems.Refuse(bad);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var now = await clock.NowAsync(cancel);
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            if (await LockAsync(connection, id, cancel) is not { } found)
                return Problems.Refuse(new Refusal("not-found"));
            if (version is not null && version != found.Row.Version)
                return Problems.Refuse(new Refusal("version.stale"));
            var locked = new LockedReferral(connection, found.Row, found.CaseId, await keys.GetAsync(found.Row.KeyId, cancel), now, http.Caller(), post)
            {
                Missing = found.Missing,
                AskedAnew = found.AskedAnew,
            };
            try
            {
                if (await change(locked) is { } refusal)
                    return Problems.Refuse(refusal);
            }
            catch (SealingException cannot) when (cannot.Code is SealingCodes.TooLarge or SealingCodes.NoReceiverKey)
            {
                return Problems.Refuse(cannot.Code == SealingCodes.TooLarge ? "referral.too-large" : "agency.without-key");
            }

            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in locked.Commands)
                batch.BatchCommands.Add(command);
            batch.BatchCommands.Add(found.Row.Save());
            if (key is not null)
                batch.BatchCommands.Add(key.Insert(id, found.Row.Version, found.Row.State.ToText()));
            await batch.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
            signal.Raise();
            changes.Raise(id);
            return Answer(http, new ReferralAnswer(id, found.Reference, found.Row.State.ToText(), found.Row.Version, locked.Missing));
        }, async before => Answer(http, (await ReferralAnswer.FindAsync(database, before, cancel))!), cancel);
    }

    static IResult Answer(HttpContext http, ReferralAnswer answer)
    {
        http.SetETag(answer.Version);
        return Results.Ok(answer);
    }

    sealed record Found(ReferralRow Row, Guid? CaseId, string Reference, IReadOnlyList<string> Missing, bool AskedAnew);

    static async Task<Found?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"select {ReferralRow.Columns}, case_id, reference, missing, unanswered_since is not null from referrals where id = $1 for update", connection);
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new Found(ReferralRow.Read(reader), reader.Maybe<Guid?>(11), reader.GetString(12), reader.GetFieldValue<string[]>(13), reader.GetBoolean(14)) : null;
    }
}
