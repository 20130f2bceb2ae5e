using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using OtpNet;

namespace Hotline.Hosting.Accounts;

/// <summary>
/// <c>POST /api/v1/tokens</c>: password and second factor for an access token. Must stay true: who fails learns nothing
/// about which accounts exist, and guessing gets slower. The hashing is ASP.NET Core Identity's.
/// </summary>
public static class SignIn
{
    public sealed record Request
    {
        [Max(200)] public string? UserName { get; init; }
        [Max(200)] public string? Password { get; init; }
        [Max(20)] public string? Totp { get; init; }
    }

    public sealed record Answer(string AccessToken, int ExpiresIn);

    const int FailuresUntilLocked = 5;
    static readonly PasswordHasher<object> Hasher = new();

    // Compared against where there is no such account, so that both answers take as long.
    static readonly string NobodysHash = Hasher.HashPassword(Hasher, Guid.Empty.ToString());

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/tokens", HandleAsync).AllowAnyone().Accepts<Request>("application/json").Produces<Answer>();

    static async Task<IResult> HandleAsync(
        HttpContext http, HostSettings settings, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, TimeProvider time, CancellationToken cancel)
    {
        var (request, _, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var now = await clock.NowAsync(cancel);
        var account = await FindAsync(database, request!.UserName ?? string.Empty, cancel);
        var password = Hasher.VerifyHashedPassword(Hasher, account?.PasswordHash ?? NobodysHash, request.Password ?? string.Empty);
        if (account is null || account.LockedUntil > now)
            return await FailAsync(database, null, "auth.failed", now, cancel);
        if (password == PasswordVerificationResult.Failed)
            return await FailAsync(database, account, "auth.failed", now, cancel);
        if (request.Totp is null or "")
            return await FailAsync(database, null, "auth.second-factor-required", now, cancel);

        // The second factor goes by the wall clock that the officer's telephone has, also where an exercise moved the database's.
        var totp = new Totp(storage.OpenSecret(account.TotpSecret, AccountAuthor.TotpContext(account.Id)));
        if (!totp.VerifyTotp(time.GetUtcNow().UtcDateTime, request.Totp, out var step, new VerificationWindow(1, 1)))
            return await FailAsync(database, account, "auth.second-factor-required", now, cancel);
        // A code is good once. In exercises it may be used again within its window: tools sign in quickly.
        if (settings.Environment == "production" && !await SpendAsync(database, account.Id, step, cancel))
            return await FailAsync(database, account, "auth.second-factor-required", now, cancel);
        return await OpenSessionAsync(settings, database, storage, account, step, now, cancel);
    }

    sealed record Found(Guid Id, string Alias, string PasswordHash, byte[] TotpSecret, DateTimeOffset? LockedUntil);

    static async Task<Found?> FindAsync(NpgsqlDataSource database, string userName, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select id, alias, password_hash, totp_secret, locked_until from accounts where user_name = $1 and disabled_at is null");
        command.Parameters.Add(Sql.Parameter(userName));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new Found(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3),
                reader.IsDBNull(4) ? null : reader.Time(4))
            : null;
    }

    /// <summary>False where the code, or a later one, was used before; of two at the same instant one gets in.</summary>
    static async Task<bool> SpendAsync(NpgsqlDataSource database, Guid account, long step, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("update accounts set totp_last_step = $2 where id = $1 and totp_last_step < $2");
        command.Parameters.Add(Sql.Parameter(account));
        command.Parameters.Add(Sql.Parameter(step));
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    static async Task<IResult> OpenSessionAsync(
        HostSettings settings, NpgsqlDataSource database, StorageKeys storage, Found account, long step, DateTimeOffset now, CancellationToken cancel)
    {
        var (token, insert) = Sessions.Create(settings, storage, account.Id, now);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(insert);
        batch.BatchCommands.Add(Sql.Command(
            "update accounts set failed_count = 0, locked_until = null, totp_last_step = greatest(totp_last_step, $2) where id = $1", account.Id, step));
        batch.BatchCommands.Add(new AuditRecord { Kind = "account.signed-in", At = now, Actor = account.Alias }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return Results.Ok(new Answer(token, (int)Sessions.Lifetime.TotalSeconds));
    }

    static async Task<IResult> FailAsync(NpgsqlDataSource database, Found? account, string code, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        if (account is not null)
        {
            // Five tries, then a minute, two, four ... up to an hour. Counted by the database: many guesses at once are many.
            batch.BatchCommands.Add(Sql.Command(
                """
                update accounts set failed_count = failed_count + 1,
                  locked_until = case when failed_count + 1 >= $2 then $3 + least(60, power(2, least(failed_count + 1 - $2, 6))) * interval '1 minute' end
                where id = $1
                """, account.Id, FailuresUntilLocked, now));
        }
        batch.BatchCommands.Add(new AuditRecord { Kind = "account.sign-in-refused", At = now, Actor = account?.Alias ?? "unknown", Code = code }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return Problems.Refuse(code);
    }
}
