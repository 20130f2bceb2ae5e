// What administrators do to accounts. Must stay true: each act, its audit record and its line in account_changes are one
// transaction; nobody takes the last administrator's rights away; a taken right ends the sessions that lived by it.
using Hotline.Contracts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Accounts;

/// <summary>Makes, closes, opens and changes accounts: for the interface and for the screens alike. All of it holds at once.</summary>
public sealed class AccountChanges(HostSettings settings, NpgsqlDataSource database, StorageKeys storage, TimeProvider time, DatabaseClock clock)
{
    sealed record Row(string Alias, IReadOnlyList<string> Roles, bool Disabled);

    /// <param name="enrolled">False: the person enrols a second factor when signing in for the first time.</param>
    /// <returns>What must be said once, or <c>account.exists</c>, <c>request.malformed</c>, <c>request.unknown-code</c>, <c>account.administrator-alone</c> with the place.</returns>
    public async Task<(Credentials? Made, Refusal? Refusal)> CreateAsync(Caller by, NewAccount account, bool enrolled, IdempotencyKey? key, CancellationToken cancel)
    {
        if ((AccountRules.CheckRoles(settings.Party, account.Roles) ?? AccountRules.CheckUnit(account.Unit)) is { } refusal)
            return (null, refusal);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            var made = await AccountAuthor.CreateAsync(connection, storage, account, time, cancel, enrolled);
            await WriteAsync(connection, [], new AccountChange("account.created", made.AccountId, account.Alias), by, key, made.AccountId, cancel);
            await transaction.CommitAsync(cancel);
            return (made, null);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation && taken.TableName == "accounts")
        {
            return (null, Refusal.With("account.exists", "at", taken.ConstraintName == "accounts_alias_key" ? "/alias" : "/userName"));
        }
        catch (PostgresException bad) when (bad.SqlState == PostgresErrorCodes.CheckViolation)
        {
            return (null, Refusal.With("request.malformed", "at", "/userName"));
        }
    }

    /// <returns>Null, or <c>not-found</c>, <c>account.own</c>, <c>account.last-administrator</c>.</returns>
    public Task<Refusal?> DisableAsync(Caller by, Guid account, IdempotencyKey? key, CancellationToken cancel) => ChangeAsync(by, account, key, row =>
        (null, new AccountChange("account.disabled", account, row.Alias),
        [
            Sql.Command("update accounts set disabled_at = coalesce(disabled_at, hotline_now()) where id = $1", account),
            EndAll(account),
        ]), takesRights: _ => true, cancel);

    public Task<Refusal?> EnableAsync(Caller by, Guid account, CancellationToken cancel) => ChangeAsync(by, account, null, row =>
        (null, new AccountChange("account.enabled", account, row.Alias), [Sql.Command("update accounts set disabled_at = null where id = $1", account)]), _ => false, cancel);

    /// <summary>The roles from now on.</summary>
    public Task<Refusal?> ChangeRolesAsync(Caller by, Guid account, IReadOnlyList<string> roles, CancellationToken cancel) => ChangeAsync(by, account, null, row =>
        (AccountRules.CheckRoles(settings.Party, roles), new AccountChange("account.roles-changed", account, row.Alias, row.Roles),
            [Sql.Command("update accounts set roles = $2 where id = $1", account, roles.Distinct().ToArray())]),
        row => row.Roles.Contains(Roles.Administrator) && !roles.Contains(Roles.Administrator), cancel);

    /// <summary>A lost telephone: a new password, said once, and the person enrols a second factor anew. Whoever was signed in is out.</summary>
    public async Task<(string? Password, Refusal? Refusal)> ResetSecondFactorAsync(Caller by, Guid account, CancellationToken cancel)
    {
        var (password, hash) = AccountAuthor.NewPassword();
        var secret = AccountAuthor.NewSecret(storage, account);
        var refusal = await ChangeAsync(by, account, null, row =>
            (null, new AccountChange("account.second-factor-reset", account, row.Alias),
            [
                Sql.Command("update accounts set password_hash = $2, totp_secret = $3, totp_pending = null, totp_enrolled = false where id = $1", account, hash, secret),
                Sql.Command("delete from recovery_codes where account_id = $1", account),
                EndAll(account),
            ]), takesRights: _ => false, cancel);
        return (refusal is null ? password : null, refusal);
    }

    /// <summary>Ends any session of the party, whoever's.</summary>
    public async Task<(Guid? Account, Refusal? Refusal)> EndSessionAsync(Caller by, Guid session, CancellationToken cancel)
    {
        if (await FindAsync<Guid?>("select account_id from sessions where id = $1", session, cancel) is not { } account)
            return (null, new Refusal("not-found"));
        return (account, await ChangeAsync(by, account, null, row =>
            (null, new AccountChange("session.ended", account, row.Alias, About: session),
                [Sql.Command("update sessions set revoked_at = coalesce(revoked_at, hotline_now()) where id = $1", session)]), _ => false, cancel));
    }

    /// <summary>Gives a designation as focal point: content opens from then on, not before.</summary>
    /// <param name="from">UTC; null = now.</param>
    /// <param name="until">UTC; null = until revoked.</param>
    public async Task<(Guid? Id, Refusal? Refusal)> DesignateAsync(
        Caller by, Guid account, string document, DateTimeOffset? from, DateTimeOffset? until, IdempotencyKey? key, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        if (string.IsNullOrWhiteSpace(document))
            return (null, Refusal.With("request.malformed", "at", "/documentNumber"));
        if (until <= (from ?? now))
            return (null, Refusal.With("request.malformed", "at", "/until"));
        var id = Guid.CreateVersion7(now);
        var refusal = await ChangeAsync(by, account, key, row =>
            (null, new AccountChange("designation.given", account, row.Alias, About: id),
                [AccountAuthor.Designate(id, account, document, from ?? now, until, by.Alias)]), _ => false, cancel, id);
        return (refusal is null ? id : null, refusal);
    }

    /// <summary>From this instant it opens nothing.</summary>
    public async Task<(Guid? Account, Refusal? Refusal)> RevokeAsync(Caller by, Guid designation, IdempotencyKey? key, CancellationToken cancel)
    {
        if (await FindAsync<Guid?>("select account_id from designations where id = $1", designation, cancel) is not { } account)
            return (null, new Refusal("not-found"));
        return (account, await ChangeAsync(by, account, key, row =>
            (null, new AccountChange("designation.revoked", account, row.Alias, About: designation),
                [Sql.Command(
                    "update designations set revoked_at = coalesce(revoked_at, hotline_now()), revoked_by = coalesce(revoked_by, $2) where id = $1", designation, by.Alias)]),
            _ => false, cancel, designation));
    }

    static NpgsqlBatchCommand EndAll(Guid account) =>
        Sql.Command("update sessions set revoked_at = hotline_now() where account_id = $1 and revoked_at is null", account);

    /// <param name="change">By the row as it is now: a refusal, or what is recorded and done.</param>
    /// <param name="takesRights">Whether the account could administer until now and cannot afterwards.</param>
    async Task<Refusal?> ChangeAsync(
        Caller by, Guid account, IdempotencyKey? key, Func<Row, (Refusal? Refusal, AccountChange Change, IReadOnlyList<NpgsqlBatchCommand> Commands)> change,
        Func<Row, bool> takesRights, CancellationToken cancel, Guid? created = null)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // All administrators' rows, in one order: two who take each other's rights at the same instant wait for each other.
        await using var lockThem = new NpgsqlCommand(
            "select id, alias, roles, disabled_at is not null from accounts where id = $1 or 'administrator' = any(roles) order by id for update", connection);
        lockThem.Parameters.Add(Sql.Parameter(account));
        var rows = new Dictionary<Guid, Row>();
        await using (var reader = await lockThem.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
                rows[reader.GetGuid(0)] = new Row(reader.GetString(1), reader.GetFieldValue<string[]>(2), reader.GetBoolean(3));
        if (!rows.TryGetValue(account, out var row))
            return new Refusal("not-found");
        var (refusal, recorded, commands) = change(row);
        if ((refusal ?? CheckRights(by, account, row, rows, takesRights(row))) is { } refused)
            return refused;
        await WriteAsync(connection, commands, recorded, by, key, created ?? account, cancel);
        await transaction.CommitAsync(cancel);
        return null;
    }

    static Refusal? CheckRights(Caller by, Guid account, Row row, Dictionary<Guid, Row> rows, bool taken)
    {
        if (!taken)
            return null;
        if (account == by.AccountId)
            return new Refusal("account.own");
        var last = row is { Disabled: false } && row.Roles.Contains(Roles.Administrator)
            && !rows.Any(r => r.Key != account && !r.Value.Disabled && r.Value.Roles.Contains(Roles.Administrator));
        return last ? new Refusal("account.last-administrator") : null;
    }

    async Task WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<NpgsqlBatchCommand> commands, AccountChange change, Caller by, IdempotencyKey? key, Guid created, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in commands.Concat(change.Write(by, await clock.NowAsync(cancel), key, created)))
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
    }

    async Task<T?> FindAsync<T>(string query, Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(query);
        command.Parameters.Add(Sql.Parameter(id));
        return await command.ExecuteScalarAsync(cancel) is T found ? found : default;
    }
}
