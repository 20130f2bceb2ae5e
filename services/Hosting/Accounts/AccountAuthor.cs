using System.Security.Cryptography;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Identity;
using Npgsql;
using OtpNet;

namespace Hotline.Hosting.Accounts;

/// <summary>An account to be made.</summary>
public sealed record NewAccount(string UserName, string Alias, string? DisplayName, string? Title, string Unit, IReadOnlyList<string> Roles);

/// <summary>What the person must be given once; nobody can read it again.</summary>
/// <param name="TotpSecret">Base32 (RFC 4648), for an authenticator application (RFC 6238).</param>
public sealed record Credentials(Guid AccountId, string UserName, string Password, string TotpSecret);

/// <summary>Makes accounts and designations: for the command line and for administrators.</summary>
public static class AccountAuthor
{
    internal static string TotpContext(Guid account) => $"accounts/{account}/totp";

    /// <summary>An account with a random password and second factor.</summary>
    /// <exception cref="PostgresException">There is an account of that name (23505).</exception>
    /// <param name="enrolled">False: the second factor is enrolled by its owner, and the secret is good for nothing.</param>
    public static async Task<Credentials> CreateAsync(
        NpgsqlConnection connection, StorageKeys storage, NewAccount account, TimeProvider time, CancellationToken cancel, bool enrolled = true)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var (password, hash) = NewPassword();
        var secret = KeyGeneration.GenerateRandomKey(20);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into accounts (id, user_name, alias, display_name, title, unit, roles, password_hash, totp_secret, totp_enrolled)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            id, account.UserName, account.Alias, account.DisplayName, account.Title, account.Unit, account.Roles.ToArray(),
            hash, storage.SealSecret(secret, TotpContext(id)), enrolled));
        await batch.ExecuteNonQueryAsync(cancel);
        return new Credentials(id, account.UserName, password, Base32Encoding.ToString(secret));
    }

    /// <summary>A random password of 96 bits, and what is stored of it.</summary>
    internal static (string Password, string Hash) NewPassword()
    {
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        return (password, new PasswordHasher<object>().HashPassword(password, password));
    }

    /// <summary>A sealed secret that nobody is told: until the account's owner enrols, no code is right.</summary>
    internal static byte[] NewSecret(StorageKeys storage, Guid account) => storage.SealSecret(KeyGeneration.GenerateRandomKey(20), TotpContext(account));

    /// <summary>Designates a focal point: from now on the account opens content.</summary>
    /// <param name="until">UTC; null = until revoked.</param>
    public static NpgsqlBatchCommand Designate(Guid id, Guid account, string documentNumber, DateTimeOffset from, DateTimeOffset? until, string by) => Sql.Command(
        "insert into designations (id, account_id, document_number, valid_from, valid_until, granted_by) values ($1, $2, $3, $4, $5, $6)",
        id, account, documentNumber, from, until, by);
}
