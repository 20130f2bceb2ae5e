using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;
using OtpNet;

namespace Hotline.Hosting.Accounts;

/// <summary>A person puts the second factor on a telephone: a secret is shown, and counts from the first right code on.</summary>
public sealed class SecondFactor(HostSettings settings, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, TimeProvider time)
{
    /// <summary>Base32 of the secret that waits for its first code, made where there is none.</summary>
    public async Task<string> PendingAsync(Caller caller, CancellationToken cancel)
    {
        var fresh = storage.SealSecret(KeyGeneration.GenerateRandomKey(20), AccountAuthor.TotpContext(caller.AccountId));
        await using var command = database.CreateCommand(
            "update accounts set totp_pending = coalesce(totp_pending, $2) where id = $1 returning totp_pending");
        command.Parameters.Add(Sql.Parameter(caller.AccountId));
        command.Parameters.Add(Sql.Parameter(fresh));
        var pending = (byte[])(await command.ExecuteScalarAsync(cancel))!;
        return Base32Encoding.ToString(storage.OpenSecret(pending, AccountAuthor.TotpContext(caller.AccountId)));
    }

    /// <summary>What the QR code says (Key Uri Format of authenticator applications).</summary>
    public string AddressOf(Caller caller, string secret) =>
        $"otpauth://totp/Hotline%20{settings.Party}:{Uri.EscapeDataString(caller.UserName)}?secret={secret}&issuer=Hotline%20{settings.Party}";

    /// <summary>Confirms with the first code: the new secret is in force, with new recovery codes.</summary>
    /// <returns>The recovery codes, to be shown once; null where the code is wrong.</returns>
    public async Task<IReadOnlyList<string>?> ConfirmAsync(Session session, string code, CancellationToken cancel)
    {
        var account = session.Caller.AccountId;
        var secret = Base32Encoding.ToBytes(await PendingAsync(session.Caller, cancel));
        if (!new Totp(secret).VerifyTotp(time.GetUtcNow().UtcDateTime, code.Trim(), out var step, new VerificationWindow(1, 1)))
            return null;
        var now = await clock.NowAsync(cancel);
        var (codes, write) = RecoveryCodes.Make(storage, account, now);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            "update accounts set totp_secret = totp_pending, totp_pending = null, totp_enrolled = true, totp_last_step = $2 where id = $1", account, step));
        batch.BatchCommands.Add(Sql.Command("update sessions set enrolling = false where id = $1", session.Id));
        // Whoever held the old second factor is out.
        batch.BatchCommands.Add(Sql.Command(
            "update sessions set revoked_at = $3 where account_id = $1 and id <> $2 and revoked_at is null", account, session.Id, now));
        foreach (var command in write)
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new AuditRecord { Kind = "account.second-factor-enrolled", At = now, Actor = session.Caller.Alias }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return codes;
    }
}
