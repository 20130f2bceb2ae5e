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
/// <param name="OfBrowser">It came as a cookie.</param>
readonly record struct TokenMac(string Hex, bool OfBrowser);

/// <summary>The session that a request belongs to.</summary>
/// <param name="OfBrowser">It came as a cookie: what it changes needs the antiforgery token.</param>
/// <param name="Idle">A browser that nobody has touched for <see cref="Sessions.IdleAfter"/>, without an open call.</param>
/// <param name="Enrolling">Signed in with the password alone, to enrol a second factor.</param>
public sealed record Session(Guid Id, string Token, Caller Caller, bool OfBrowser, bool Idle, bool Enrolling);

/// <summary>
/// Access tokens: <c>party.random</c>, 256 bits, known to the database only by a keyed hash; a machine sends it as a
/// bearer, a browser as a cookie. Nothing is cached, so a removed account, session or designation ends at once, also for
/// those who are signed in: requests that come together are asked for together, each after it came.
/// </summary>
public static partial class Sessions
{
    /// <summary>How long a token is good for.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(8);

    /// <summary>How long a browser may lie untouched before it asks for the password again.</summary>
    public static TimeSpan IdleAfter { get; } = TimeSpan.FromMinutes(15);

    const string TokenPurpose = "access-token";
    const string Scheme = "Bearer ";

    /// <summary>Each party has its own: cookies do not tell ports apart.</summary>
    public static string CookieName(HostSettings settings) => $"hotline-{settings.Party}";

    internal static byte[] Mac(StorageKeys storage, string token) => storage.Mac(Encoding.UTF8.GetBytes(token), TokenPurpose);

    /// <summary>A new token, and the insert that makes it known.</summary>
    /// <param name="browser">What kind of browser it is for; null = a machine.</param>
    internal static (string Token, NpgsqlBatchCommand Insert) Create(
        HostSettings settings, StorageKeys storage, Guid account, DateTimeOffset now, string? browser, bool enrolling)
    {
        var token = $"{settings.Party}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        return (token, Sql.Command(
            """
            insert into sessions (token_mac, account_id, created_at, expires_at, of_browser, client, last_active_at, enrolling)
            values ($1, $2, $3, $4, $5, $6, $3, $7)
            """,
            Mac(storage, token), account, now, now + Lifetime, browser is not null, browser, enrolling));
    }

    internal static async Task<(Session? Session, Refusal? Refusal)> FindAsync(HttpContext http)
    {
        var services = http.RequestServices;
        var settings = services.GetRequiredService<HostSettings>();
        var header = http.Request.Headers.Authorization.ToString();
        var bearer = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
        var token = bearer ? header[Scheme.Length..].Trim() : http.Request.Cookies[CookieName(settings)] ?? string.Empty;
        if (!token.StartsWith(settings.Party + ".", StringComparison.Ordinal))
            return (null, new Refusal(bearer && OfAnotherIssuer().IsMatch(token) ? "auth.wrong-issuer" : "auth.missing"));

        var mac = new TokenMac(Convert.ToHexString(Mac(services.GetRequiredService<StorageKeys>(), token)), OfBrowser: !bearer);
        var session = await services.GetRequiredService<SharedReads<TokenMac, Session>>().AskAsync(mac, http.RequestAborted);
        return session is null ? (null, new Refusal("auth.missing")) : (session with { Token = token }, null);
    }

    /// <summary>The sessions among these that are in force now, with their accounts and designations.</summary>
    internal static async Task<IReadOnlyDictionary<TokenMac, Session>> ReadAsync(NpgsqlDataSource database, IReadOnlyList<TokenMac> macs)
    {
        await using var command = database.CreateCommand(
            """
            select s.token_mac, a.id, a.user_name, a.alias, a.display_name, a.title, a.unit, a.roles,
              exists (select from designations d where d.account_id = a.id and d.revoked_at is null
                and d.valid_from <= hotline_now() and (d.valid_until is null or d.valid_until > hotline_now())),
              s.id, s.of_browser and greatest(s.last_active_at + $2::interval, s.call_open_until) < hotline_now(), s.enrolling, s.of_browser
            from sessions s join accounts a on a.id = s.account_id
            where s.token_mac = any($1) and s.revoked_at is null and s.expires_at > hotline_now() and a.disabled_at is null
            """);
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. macs.Select(m => Convert.FromHexString(m.Hex))] });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = IdleAfter });
        await using var reader = await command.ExecuteReaderAsync();
        var sessions = new Dictionary<TokenMac, Session>();
        while (await reader.ReadAsync())
        {
            // A cookie is no bearer token, nor the other way round: each is guarded in its own way, and not found in the other's.
            var mac = new TokenMac(Convert.ToHexString(reader.GetFieldValue<byte[]>(0)), reader.GetBoolean(12));
            var caller = new Caller(
                reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.Maybe<string>(4), reader.Maybe<string>(5), reader.GetString(6),
                reader.GetFieldValue<string[]>(7).ToHashSet(), reader.GetBoolean(8));
            sessions[mac] = new Session(reader.GetGuid(9), string.Empty, caller, mac.OfBrowser, reader.GetBoolean(10), reader.GetBoolean(11));
        }
        return sessions;
    }

    /// <summary>For answers that stay open: whether the session still is what it was when the answer began.</summary>
    public static async Task<bool> StillAsync(HttpContext http) =>
        await FindAsync(http) is { Refusal: null, Session: { Idle: false } session } && session.Id == http.SignedInSession().Id;

    /// <summary>Ends a session of the account.</summary>
    public static NpgsqlBatchCommand End(Guid session, Guid account, DateTimeOffset now) => Sql.Command(
        "update sessions set revoked_at = $3 where id = $1 and account_id = $2 and revoked_at is null", session, account, now);

    // party.random of another party, or a JWT of anybody.
    [GeneratedRegex(@"^([a-z][a-z0-9-]+\.[\w-]{43}|[\w-]+\.[\w-]+\.[\w-]*)$")]
    private static partial Regex OfAnotherIssuer();
}
