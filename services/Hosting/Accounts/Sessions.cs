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

/// <summary>
/// Access tokens: <c>party.random</c>, 256 bits, known to the database only by a keyed hash. Nothing is cached, so a
/// removed account, session or designation ends at once, also for those who are signed in.
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

        await using var command = services.GetRequiredService<NpgsqlDataSource>().CreateCommand(
            """
            select a.id, a.user_name, a.alias, a.display_name, a.title, a.unit, a.roles,
              exists (select from designations d where d.account_id = a.id and d.revoked_at is null
                and d.valid_from <= hotline_now() and (d.valid_until is null or d.valid_until > hotline_now()))
            from sessions s join accounts a on a.id = s.account_id
            where s.token_mac = $1 and s.revoked_at is null and s.expires_at > hotline_now() and a.disabled_at is null
            """);
        command.Parameters.Add(new NpgsqlParameter<byte[]>
        {
            TypedValue = services.GetRequiredService<StorageKeys>().Mac(Encoding.UTF8.GetBytes(token), TokenPurpose),
        });
        await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
        if (!await reader.ReadAsync(http.RequestAborted))
            return (null, new Refusal("auth.missing"));
        return (new Caller(
            reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Maybe<string>(3), reader.Maybe<string>(4), reader.GetString(5),
            reader.GetFieldValue<string[]>(6).ToHashSet(), reader.GetBoolean(7)), null);
    }

    // party.random of another party, or a JWT of anybody.
    [GeneratedRegex(@"^([a-z][a-z0-9-]+\.[\w-]{43}|[\w-]+\.[\w-]+\.[\w-]*)$")]
    private static partial Regex OfAnotherIssuer();
}
