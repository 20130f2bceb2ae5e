using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline.Hosting.Accounts;

/// <summary>The keyed hash that the database knows a token by.</summary>
readonly record struct TokenMac(string Hex);

/// <summary>
/// Access tokens: <c>party.random</c>, 256 bits, known to the database only by a keyed hash. Nothing is cached, so a
/// removed account, session or designation ends at once, also for those who are signed in: requests that come together
/// are asked for together, each after it came.
/// </summary>
public static partial class Sessions
{
    /// <summary>How long a token is good for.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(8);

    const string TokenPurpose = "access-token";
    const string Scheme = "Bearer ";

    /// <summary>A new token, and the insert that makes it known.</summary>
    internal static (string Token, NpgsqlBatchCommand Insert) Create(HostSettings settings, StorageKeys storage, Guid account, DateTimeOffset now)
    {
        var token = $"{settings.Party}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        return (token, Sql.Command(
            "insert into sessions (token_mac, account_id, created_at, expires_at) values ($1, $2, $3, $4)",
            storage.Mac(Encoding.UTF8.GetBytes(token), TokenPurpose), account, now, now + Lifetime));
    }

    internal static async Task<(Caller? Caller, Refusal? Refusal)> FindAsync(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return (null, new Refusal("auth.missing"));
        var token = header[Scheme.Length..].Trim();
        var services = http.RequestServices;
        var party = services.GetRequiredService<HostSettings>().Party;
        if (!token.StartsWith(party + ".", StringComparison.Ordinal))
            return (null, new Refusal(OfAnotherIssuer().IsMatch(token) ? "auth.wrong-issuer" : "auth.missing"));

        var mac = services.GetRequiredService<StorageKeys>().Mac(Encoding.UTF8.GetBytes(token), TokenPurpose);
        var caller = await services.GetRequiredService<SharedReads<TokenMac, Caller>>().AskAsync(new TokenMac(Convert.ToHexString(mac)), http.RequestAborted);
        return caller is null ? (null, new Refusal("auth.missing")) : (caller, null);
    }

    /// <summary>The sessions among these that are in force now, with their accounts and designations.</summary>
    internal static async Task<IReadOnlyDictionary<TokenMac, Caller>> ReadAsync(NpgsqlDataSource database, IReadOnlyList<TokenMac> macs)
    {
        await using var command = database.CreateCommand(
            """
            select s.token_mac, a.id, a.user_name, a.alias, a.display_name, a.title, a.unit, a.roles,
              exists (select from designations d where d.account_id = a.id and d.revoked_at is null
                and d.valid_from <= hotline_now() and (d.valid_until is null or d.valid_until > hotline_now()))
            from sessions s join accounts a on a.id = s.account_id
            where s.token_mac = any($1) and s.revoked_at is null and s.expires_at > hotline_now() and a.disabled_at is null
            """);
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. macs.Select(m => Convert.FromHexString(m.Hex))] });
        await using var reader = await command.ExecuteReaderAsync();
        var callers = new Dictionary<TokenMac, Caller>();
        while (await reader.ReadAsync())
            callers[new TokenMac(Convert.ToHexString(reader.GetFieldValue<byte[]>(0)))] = new Caller(
                reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.Maybe<string>(4), reader.Maybe<string>(5), reader.GetString(6),
                reader.GetFieldValue<string[]>(7).ToHashSet(), reader.GetBoolean(8));
        return callers;
    }

    // party.random of another party, or a JWT of anybody.
    [GeneratedRegex(@"^([a-z][a-z0-9-]+\.[\w-]{43}|[\w-]+\.[\w-]+\.[\w-]*)$")]
    private static partial Regex OfAnotherIssuer();
}
