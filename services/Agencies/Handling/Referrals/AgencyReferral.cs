using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Handling.Profiles;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Live;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>What an officer gets back from every change of a referral.</summary>
public sealed record ReferralAnswer(Guid Id, string Reference, string State, long Version);

/// <summary>A referral that this request has locked, with the means to tell the hub.</summary>
/// <param name="Holder">Alias of the officer who has acknowledged; null = nobody.</param>
public sealed record LockedReferral(
    ReferralRow Row, string Reference, string CaseCode, string Unit, string? Holder, DataKey Key, DateTimeOffset Now, Caller By, Officer Officer, Post Post)
{
    readonly List<NpgsqlBatchCommand> commands = [];

    /// <summary>Who is being paged about it, locked as well; null where nobody ever was.</summary>
    public Escalation? Escalation { get; private set; }

    internal void Hold(Escalation? escalation) => Escalation = escalation;

    /// <summary>What this means for the pages, in the same transaction.</summary>
    public void Escalate(EscalationEvent happened)
    {
        if (Escalation is null)
            return;
        var next = Escalating.Decide(Escalation, happened, Now).Next;
        if (next == Escalation)
            return;
        Escalation = next;
        commands.Add(next.Save());
    }

    public void Write(NpgsqlBatchCommand command) => commands.Add(command);

    /// <summary>Tells the hub, and logs that it was told.</summary>
    public void Report<TBody>(string kind, TBody body, string? code = null)
    {
        var (jti, sha256) = Post.Write(Row, Key, kind, body, Now, commands);
        Log(kind, jti, Digest.Text(sha256), code);
    }

    /// <summary>What stays in the house.</summary>
    public void Log(string happened, Guid? jti = null, string? sha256 = null, string? code = null)
    {
        commands.Add(Row.History(happened, By.Alias, Now, jti, new AuditRecord { Kind = happened, At = Now, Actor = By.Alias, Sha256 = sha256, Code = code }));
    }

    internal IReadOnlyList<NpgsqlBatchCommand> Commands => commands;
}

/// <summary>
/// The one way in which an officer changes a referral: lock, visibility, version, decide, write, answer. A refusal
/// changes nothing, and what an officer may not know of is not found.
/// </summary>
public sealed class AgencyReferral(
    NpgsqlDataSource database, DataKeys keys, Post post, AgencyProfile profile, DatabaseClock clock, OutboxSignal signal, EscalationSignal escalations,
    Changes changes)
{
    /// <param name="change">Writes through what it is given, or returns why not.</param>
    public Task<IResult> ChangeAsync(
        HttpContext http, Guid id, ReadOnlyMemory<byte> raw, Func<LockedReferral, Refusal?> change, CancellationToken cancel)
    {
        var (version, bad) = Versions.Optional(http);
        if (bad is not null)
            return Task.FromResult(Problems.Refuse(bad));
        return Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var (written, refusal) = await WriteAsync(http.Caller(), id, version, change, locked => [
                locked.Row.Save(), .. key is null ? Array.Empty<NpgsqlBatchCommand>() : [key.Insert(id, locked.Row.Version, locked.Row.State.ToText())]], cancel);
            return refusal is not null ? Problems.Refuse(refusal)
                : Answer(http, new ReferralAnswer(id, written!.Reference, written.Row.State.ToText(), written.Row.Version));
        }, before => ReplayAsync(http, before, cancel), cancel);
    }

    /// <summary>Reads what is recorded and told to the hub before it is shown. The referral stays at its version: nobody's picture of it is wrong by that.</summary>
    public async Task<(long Version, Refusal? Refusal)> ReadAsync(HttpContext http, Guid id, Func<LockedReferral, Refusal?> read, CancellationToken cancel)
    {
        var (written, refusal) = await WriteAsync(http.Caller(), id, null, read, locked => [locked.Row.Save(asNewVersion: false)], cancel);
        return (written?.Row.Version ?? 0, refusal);
    }

    /// <summary>An answer that comes with no request of the officer's own: by a link in a page, or a pressed key. Being paged is reason enough to act on it, whatever the unit.</summary>
    internal async Task<Refusal?> AnswerAsync(Caller by, Guid id, Func<LockedReferral, Refusal?> change, CancellationToken cancel) =>
        (await WriteAsync(by, id, null, change, locked => [locked.Row.Save()], cancel, paged: true)).Refusal;

    async Task<(LockedReferral? Locked, Refusal? Refusal)> WriteAsync(
        Caller caller, Guid id, long? version, Func<LockedReferral, Refusal?> change, Func<LockedReferral, IReadOnlyList<NpgsqlBatchCommand>> finish,
        CancellationToken cancel, bool paged = false)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var (locked, refusal) = await LockAsync(connection, id, caller, paged, cancel);
        if (refusal is not null)
            return (null, refusal);
        if (version is not null && version != locked!.Row.Version)
            return (null, new Refusal("version.stale"));
        if (change(locked!) is { } refused)
            return (null, refused);

        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in locked!.Commands.Concat(finish(locked)))
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        signal.Raise();
        escalations.Raise();
        changes.Raise(id);
        return (locked, null);
    }

    /// <summary>Moves the referral by the table, and tells the hub.</summary>
    public Task<IResult> MoveAsync(
        HttpContext http, Guid id, ReadOnlyMemory<byte> raw, ReferralCommand command,
        Action<LockedReferral, ReferralState> report, CancellationToken cancel) =>
        ChangeAsync(http, id, raw, locked =>
        {
            switch (ReferralMoves.Decide(locked.Row.State, command, locked.Now))
            {
                case Decision.Refused refused:
                    return refused.Refusal;
                case Decision.Moved moved:
                    locked.Row.State = moved.To;
                    if (Pages(command, locked) is { } happened)
                        locked.Escalate(happened);
                    report(locked, moved.To);
                    return null;
                default:
                    throw new InvalidOperationException("A decision is a move or a refusal.");
            }
        }, cancel);

    /// <summary>What a move means for the pages.</summary>
    static EscalationEvent? Pages(ReferralCommand command, LockedReferral locked) => command switch
    {
        // Accepting is an answer. It is no word of progress: that is still waited for.
        ReferralCommand.Accept => locked.Escalation?.Status == EscalationStatus.Acknowledged ? null : new EscalationEvent.Acknowledged(locked.By.AccountId, AnsweredHow.Console),
        ReferralCommand.NoteProgress => new EscalationEvent.Progressed(),
        ReferralCommand.Decline or ReferralCommand.Close => new EscalationEvent.Ended(),
        _ => null,
    };

    /// <summary>How this officer is shown outside the house (R16).</summary>
    public Officer Shown(Caller caller) => new(
        caller.Alias, caller.Title, caller.Unit, profile.DiscloseOfficers ? caller.DisplayName : null);

    async Task<(LockedReferral?, Refusal?)> LockAsync(NpgsqlConnection connection, Guid id, Caller caller, bool paged, CancellationToken cancel)
    {
        LockedReferral locked;
        var visible = await Visibility.OfAsync(caller, connection, cancel);
        await using (var command = new NpgsqlCommand(
            $"""
            select {ReferralRow.Columns}, reference, case_code, unit, (select alias from accounts a where a.id = acknowledged_by)
            from referrals where id = $1 and reference is not null and ($4 or {Visibility.Where(2)}) for update
            """, connection))
        {
            command.Parameters.Add(Sql.Parameter(id));
            visible.Bind(command);
            command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = paged });
            await using var reader = await command.ExecuteReaderAsync(cancel);
            if (!await reader.ReadAsync(cancel))
                return (null, new Refusal("not-found"));
            var row = ReferralRow.Read(reader);
            locked = new LockedReferral(
                row, reader.GetString(11), reader.GetString(12), reader.GetString(13), reader.Maybe<string>(14), await keys.GetAsync(row.KeyId, cancel),
                await clock.NowAsync(cancel), caller, Shown(caller), post);
        }
        locked.Hold(await Escalation.LockAsync(connection, id, cancel));
        return (locked, null);
    }

    async Task<IResult> ReplayAsync(HttpContext http, AnsweredBefore before, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select reference from referrals where id = $1");
        command.Parameters.Add(Sql.Parameter(before.Id));
        var reference = (string)(await command.ExecuteScalarAsync(cancel))!;
        return Answer(http, new ReferralAnswer(before.Id, reference, before.State!, before.Version!.Value));
    }

    static IResult Answer(HttpContext http, ReferralAnswer answer)
    {
        http.SetETag(answer.Version);
        return Results.Ok(answer);
    }
}
