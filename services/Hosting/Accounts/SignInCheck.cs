using System.Text;
using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Identity;
using Npgsql;
using OtpNet;

namespace Hotline.Hosting.Accounts;

/// <summary>Who wants in.</summary>
public sealed record SignInRequest
{
    [Max(200)] public string? UserName { get; init; }
    [Max(200)] public string? Password { get; init; }

    /// <summary>Six digits of the authenticator, or a recovery code.</summary>
    [Max(20)] public string? Totp { get; init; }

    public override string ToString() => nameof(SignInRequest);
}

/// <summary>What became of it.</summary>
public abstract record SignInOutcome
{
    /// <param name="Enrolling">The session opens nothing but the enrolment of a second factor.</param>
    public sealed record Opened(string Token, bool Enrolling) : SignInOutcome;

    /// <param name="LockedUntil">UTC; set where the name has been tried too often, whether or not there is such an account.</param>
    public sealed record Refused(string Code, DateTimeOffset? LockedUntil) : SignInOutcome;
}

/// <summary>
/// Checks password and second factor. Must stay true: who fails learns nothing about which accounts exist (also not from
/// the lock-out, nor from the time it takes), and guessing gets slower. The hashing is ASP.NET Core Identity's.
/// </summary>
public sealed class SignInCheck(HostSettings settings, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, TimeProvider time)
{
    const int FailuresUntilLocked = 5;
    const string NamePurpose = "sign-in-name";
    static readonly PasswordHasher<object> Hasher = new();

    // Compared against where there is no such account, so that both answers take as long.
    static readonly string NobodysHash = Hasher.HashPassword(Hasher, Guid.Empty.ToString());

    sealed record Found(Guid Id, string Alias, string PasswordHash, byte[] TotpSecret, bool Enrolled);

    /// <param name="browser">What kind of browser asks; null = a machine, which can enrol nothing.</param>
    public async Task<SignInOutcome> TryAsync(SignInRequest request, string? browser, CancellationToken cancel)
    {
        var name = storage.Mac(Encoding.UTF8.GetBytes(request.UserName ?? string.Empty), NamePurpose);
        var (account, lockedUntil) = await FindAsync(request.UserName ?? string.Empty, name, cancel);
        var now = await clock.NowAsync(cancel);
        var password = Hasher.VerifyHashedPassword(Hasher, account?.PasswordHash ?? NobodysHash, request.Password ?? string.Empty);
        if (lockedUntil > now)
            return await RefuseAsync(account, "auth.failed", lockedUntil, now, cancel);
        if (account is null || password == PasswordVerificationResult.Failed)
            return await FailAsync(account, name, "auth.failed", now, cancel);
        if (!account.Enrolled && browser is not null)
            return await OpenAsync(account, name, browser, true, null, null, now, cancel);
        if (string.IsNullOrWhiteSpace(request.Totp) || !account.Enrolled)
            return await RefuseAsync(account, "auth.second-factor-required", null, now, cancel);
        var code = request.Totp.Trim();
        if (RecoveryCodes.LooksLike(code))
            return await OpenAsync(account, name, browser, false, null, RecoveryCodes.Mac(storage, account.Id, code), now, cancel);
        return StepOf(account, code) is { } step
            ? await OpenAsync(account, name, browser, false, step, null, now, cancel)
            : await FailAsync(account, name, "auth.second-factor-required", now, cancel);
    }

    /// <summary>Wakes a sleeping session: the password of whoever has it. Wrong ones count like those at the door.</summary>
    public async Task<SignInOutcome.Refused?> WakeAsync(Session session, string password, CancellationToken cancel)
    {
        var name = storage.Mac(Encoding.UTF8.GetBytes(session.Caller.UserName), NamePurpose);
        var (account, lockedUntil) = await FindAsync(session.Caller.UserName, name, cancel);
        var now = await clock.NowAsync(cancel);
        if (lockedUntil > now || account is null)
            return await RefuseAsync(account, "auth.failed", lockedUntil, now, cancel);
        if (Hasher.VerifyHashedPassword(Hasher, account.PasswordHash, password) == PasswordVerificationResult.Failed)
            return await FailAsync(account, name, "auth.failed", now, cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command("update sessions set last_active_at = $2 where id = $1", session.Id, now));
        batch.BatchCommands.Add(Sql.Command("delete from sign_in_failures where name_mac = $1", name));
        batch.BatchCommands.Add(new AuditRecord { Kind = "session.woken", At = now, Actor = account.Alias }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return null;
    }

    /// <summary>The step of a right code. It goes by the wall clock that the officer's telephone has, also where an exercise moved the database's.</summary>
    long? StepOf(Found account, string code)
    {
        var totp = new Totp(storage.OpenSecret(account.TotpSecret, AccountAuthor.TotpContext(account.Id)));
        return totp.VerifyTotp(time.GetUtcNow().UtcDateTime, code, out var step, new VerificationWindow(1, 1)) ? step : null;
    }

    /// <summary>
    /// A code is good once, also for two who come with it at the same instant: the row decides. In exercises it may be used
    /// again within its window: tools sign in quickly.
    /// </summary>
    async Task<bool> SpendAsync(NpgsqlConnection connection, Guid account, long step, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("update accounts set totp_last_step = $2 where id = $1 and totp_last_step < $2", connection);
        command.Parameters.Add(Sql.Parameter(account));
        command.Parameters.Add(Sql.Parameter(step));
        return await command.ExecuteNonQueryAsync(cancel) > 0 || settings.Environment != "production";
    }

    async Task<(Found? Account, DateTimeOffset? LockedUntil)> FindAsync(string userName, byte[] name, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command("select locked_until from sign_in_failures where name_mac = $1", name));
        batch.BatchCommands.Add(Sql.Command(
            "select id, alias, password_hash, totp_secret, totp_enrolled from accounts where user_name = $1 and disabled_at is null", userName));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        DateTimeOffset? lockedUntil = await reader.ReadAsync(cancel) && !reader.IsDBNull(0) ? reader.Time(0) : null;
        await reader.NextResultAsync(cancel);
        return (await reader.ReadAsync(cancel)
            ? new Found(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetBoolean(4))
            : null, lockedUntil);
    }

    async Task<SignInOutcome> OpenAsync(
        Found account, byte[] name, string? browser, bool enrolling, long? step, byte[]? recovery, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var spent = recovery is not null ? await RecoveryCodes.SpendAsync(connection, account.Id, recovery, now, cancel)
            : step is null || await SpendAsync(connection, account.Id, step.Value, cancel);
        if (!spent)
        {
            await transaction.RollbackAsync(cancel);
            return await FailAsync(account, name, "auth.second-factor-required", now, cancel);
        }
        var (token, insert) = Sessions.Create(settings, storage, account.Id, now, browser, enrolling);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(insert);
        batch.BatchCommands.Add(Sql.Command("delete from sign_in_failures where name_mac = $1", name));
        batch.BatchCommands.Add(new AuditRecord
        {
            Kind = "account.signed-in",
            At = now,
            Actor = account.Alias,
            Code = recovery is null ? null : "recovery-code",
        }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new SignInOutcome.Opened(token, enrolling);
    }

    /// <summary>Five tries, then a minute, two, four ... up to an hour.</summary>
    async Task<SignInOutcome.Refused> FailAsync(Found? account, byte[] name, string code, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            insert into sign_in_failures (name_mac, failed_count, last_at) values ($1, 1, $2)
            on conflict (name_mac) do update set failed_count = sign_in_failures.failed_count + 1, last_at = $2,
              locked_until = case when sign_in_failures.failed_count + 1 >= $3
                then $2 + interval '1 minute' * least(60, 2 ^ least(sign_in_failures.failed_count + 1 - $3, 6)) end
            returning locked_until
            """);
        command.Parameters.Add(Sql.Parameter(name));
        command.Parameters.Add(Sql.Parameter(now));
        command.Parameters.Add(Sql.Parameter(FailuresUntilLocked));
        var lockedUntil = await command.ExecuteScalarAsync(cancel) is DateTime until ? new DateTimeOffset(until, TimeSpan.Zero) : (DateTimeOffset?)null;
        return await RefuseAsync(account, code, lockedUntil, now, cancel);
    }

    async Task<SignInOutcome.Refused> RefuseAsync(Found? account, string code, DateTimeOffset? lockedUntil, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "account.sign-in-refused", At = now, Actor = account?.Alias ?? "unknown", Code = code }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return new SignInOutcome.Refused(code, lockedUntil);
    }
}
