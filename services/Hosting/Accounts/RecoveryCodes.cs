using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Accounts;

/// <summary>Ten codes on paper, good once each, for the day the telephone is lost. Fifty bits; stored by a keyed hash only.</summary>
public static partial class RecoveryCodes
{
    const string Purpose = "recovery-code";
    const int Count = 10;
    const string Letters = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>Whether it has the form <c>xxxxx-xxxxx</c>; a code of the authenticator is six digits.</summary>
    public static bool LooksLike(string code) => Form().IsMatch(code);

    /// <summary>New codes in place of all earlier ones.</summary>
    public static (IReadOnlyList<string> Codes, IReadOnlyList<NpgsqlBatchCommand> Write) Make(StorageKeys storage, Guid account, DateTimeOffset now)
    {
        var codes = Enumerable.Range(0, Count).Select(_ => $"{Part()}-{Part()}").ToList();
        return (codes,
        [
            Sql.Command("delete from recovery_codes where account_id = $1", account),
            .. codes.Select(c => Sql.Command(
                "insert into recovery_codes (account_id, code_mac, created_at) values ($1, $2, $3)", account, Mac(storage, account, c), now)),
        ]);

        static string Part() => new(RandomNumberGenerator.GetItems<char>(Letters, 5));
    }

    internal static byte[] Mac(StorageKeys storage, Guid account, string code) =>
        storage.Mac(Encoding.UTF8.GetBytes($"{account:N}/{code.ToLowerInvariant()}"), Purpose);

    /// <returns>False where there is no such code, or it was used.</returns>
    internal static async Task<bool> SpendAsync(NpgsqlConnection connection, Guid account, byte[] mac, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "update recovery_codes set used_at = $3 where account_id = $1 and code_mac = $2 and used_at is null", connection);
        command.Parameters.Add(Sql.Parameter(account));
        command.Parameters.Add(Sql.Parameter(mac));
        command.Parameters.Add(Sql.Parameter(now));
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    [GeneratedRegex("^[A-Za-z2-9]{5}-[A-Za-z2-9]{5}$")]
    private static partial Regex Form();
}
