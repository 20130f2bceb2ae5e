using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Benchmarks.Product;

/// <summary>What a page weighs on the wire, in bytes as they were sent (compressed).</summary>
/// <param name="Cold">The page and everything that it loads, with an empty cache.</param>
/// <param name="Warm">What is asked for again once the rest is in the cache.</param>
public sealed record PageWeight(int Cold, int Warm);

/// <summary>
/// An operator's browser as far as the service can tell: the cookie of a session, the antiforgery token of the page,
/// server-sent events. It renders nothing, because on this machine what it costs is taken from the services.
/// </summary>
sealed partial class BrowserSession(Uri service, string cookie) : IDisposable
{
    readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 8 })
    {
        BaseAddress = service,
        DefaultRequestHeaders = { { "Cookie", $"{cookie}; hotline-language=vi" } },
    };

    string antiforgery = string.Empty;

    /// <summary>Sessions of the account, written as a sign-in writes them: signing so many in would be stopped by the limit of tries.</summary>
    public static async Task<IReadOnlyList<BrowserSession>> OpenAsync(InstalledParty hub, Guid account, int count)
    {
        var storage = StorageKeys.Load(hub.Settings.KeyFolder);
        var tokens = Enumerable.Range(0, count).Select(_ => $"intake.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}").ToList();
        await using var connection = new NpgsqlConnection(hub.Databases.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            insert into sessions (token_mac, account_id, created_at, expires_at, of_browser, client, last_active_at)
            select m, $2, hotline_now(), hotline_now() + interval '8 hours', true, 'benchmark', hotline_now() from unnest($1) m
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. tokens.Select(t => storage.Mac(Encoding.UTF8.GetBytes(t), "access-token"))] });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = account });
        await command.ExecuteNonQueryAsync();
        return [.. tokens.Select(t => new BrowserSession(new Uri(hub.Settings.Url), $"hotline-intake={t}"))];
    }

    /// <summary>The page's text; its antiforgery token goes with what is sent afterwards.</summary>
    public async Task<string> PageAsync(string path)
    {
        var page = await http.GetStringAsync(new Uri(path, UriKind.Relative));
        if (Token().Match(page) is { Success: true } token)
            antiforgery = token.Groups[1].Value;
        return page;
    }

    /// <summary>Rings: a new call, as the button on the desk starts one.</summary>
    public async Task<Guid> StartCallAsync()
    {
        using var form = new FormUrlEncodedContent([new("antiforgery", antiforgery)]);
        using var answer = await http.PostAsync(new Uri("/calls", UriKind.Relative), form);
        return Guid.Parse(answer.Headers.Location!.ToString().Split('/')[^1]);
    }

    /// <summary>Sends as the call page does.</summary>
    /// <returns>The answer's text.</returns>
    /// <exception cref="HttpRequestException">It was refused.</exception>
    public async Task<string> SendAsync(HttpMethod method, string path, string json, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Antiforgery", antiforgery);
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Listens to live changes, and tells the ids of each. Ends when cancelled.</summary>
    public async Task ListenAsync(Action opened, Func<string, Task> changed, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/live");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancel));
        var kind = string.Empty;
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                kind = line["event: ".Length..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal) && kind == "changed")
                await changed(line["data: ".Length..]);
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                opened();
        }
    }

    /// <summary>Loads a page as a browser does that knows nothing, then as one that has been there.</summary>
    public async Task<PageWeight> WeighAsync(string path)
    {
        var (page, text, _) = await FetchAsync(path);
        var (cold, again) = (page, page);
        var wanted = new Queue<string>(Links().Matches(text).Select(m => m.Groups[1].Value).Where(a => a.StartsWith("/assets/", StringComparison.Ordinal)).Distinct());
        var seen = wanted.ToHashSet();
        while (wanted.TryDequeue(out var address))
        {
            var (bytes, content, kept) = await FetchAsync(address);
            cold += bytes;
            if (!kept)
                again += bytes;
            // Fonts: all that the style sheet names, although a browser takes only those whose letters stand on the page.
            if (address.Contains(".css", StringComparison.Ordinal))
                foreach (var inner in Urls().Matches(content).Select(m => new Uri(new Uri(service, address), m.Groups[1].Value).AbsolutePath).Where(seen.Add))
                    wanted.Enqueue(inner);
        }
        return new PageWeight(cold, again);
    }

    public void Dispose() => http.Dispose();

    /// <summary>Bytes as sent, the text, and whether a browser keeps it for good.</summary>
    async Task<(int Bytes, string Text, bool Kept)> FetchAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "br");
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        var kept = answer.Headers.CacheControl is { MaxAge.TotalDays: > 1 };
        if (!answer.Content.Headers.ContentEncoding.Contains("br"))
            return (bytes.Length, Encoding.UTF8.GetString(bytes), kept);
        await using var plain = new System.IO.Compression.BrotliStream(new MemoryStream(bytes), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(plain, Encoding.UTF8);
        return (bytes.Length, await reader.ReadToEndAsync(), kept);
    }

    [GeneratedRegex("name=\"antiforgery\" content=\"([^\"]+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("(?:src|href|data-places)=\"([^\"]+)\"")]
    private static partial Regex Links();

    [GeneratedRegex(@"url\(([^)]+)\)")]
    private static partial Regex Urls();
}
