using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Hotline.Provisioning;
using Hotline.Provisioning.Installations;
using OtpNet;

namespace Hotline.Cli.Drills;

/// <summary>What a service answered. Its body may be case content: print its code, nothing else.</summary>
sealed record Answer(int Status, JsonObject Body)
{
    public bool Good => Status is >= 200 and < 300;

    public string Code => Body["code"]?.GetValue<string>() ?? $"http-{Status}";

    public string Text(string member) => Body[member]!.GetValue<string>();

    public Guid Id => Guid.Parse(Text("id"));
}

/// <summary>A person with an account, signed in at a service. A service that is away for a moment is asked again.</summary>
sealed class Session : IDisposable
{
    static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    readonly DemoAccount account;
    readonly HttpClient http;
    readonly TimeSpan patience;
    readonly SemaphoreSlim signingIn = new(1);
    volatile string? token;
    bool signedInBefore;

    public Session(DemoAccount account, TimeSpan patience)
    {
        (this.account, this.patience) = (account, patience);
        // A few requests at a time: the drill stands for a shift, not for a load test.
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 6 })
        {
            BaseAddress = new Uri(account.BaseUrl, "/api/v1/"),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    /// <summary>Whether anything listens there. Asked once: a service that has never been started is not waited for.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/live", UriKind.Relative), cancel);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public Task<Answer> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, null, null, cancel);

    public Task<Answer> PostAsync(string path, JsonObject? body, CancellationToken cancel) => SendAsync(HttpMethod.Post, path, body, null, cancel);

    public Task<Answer> PatchAsync(string path, JsonObject body, long version, CancellationToken cancel) => SendAsync(HttpMethod.Patch, path, body, version, cancel);

    public void Dispose()
    {
        http.Dispose();
        signingIn.Dispose();
    }

    /// <param name="refused">The token that is not good any more: another request may have fetched a new one meanwhile.</param>
    async Task SignInAsync(string? refused, CancellationToken cancel)
    {
        await signingIn.WaitAsync(cancel);
        try
        {
            if (token != refused) return;
            var totp = new Totp(Base32Encoding.ToBytes(account.TotpSecret)).ComputeTotp();
            var body = new JsonObject { ["userName"] = account.UserName, ["password"] = account.Password, ["totp"] = totp };
            var answer = await SendOnceAsync(HttpMethod.Post, "tokens", body, null, null, null, cancel);
            // A one-time code opens one session: whoever was signed out within its half minute waits for the next.
            if (answer.Status == (int)HttpStatusCode.Unauthorized && !signedInBefore)
                throw new ProvisioningException($"{account.UserName} cannot sign in at {account.Service} ({account.BaseUrl}): {answer.Code}.");
            token = answer.Good ? answer.Text("accessToken") : null;
            signedInBefore |= answer.Good;
        }
        finally
        {
            signingIn.Release();
        }
    }

    /// <exception cref="ProvisioningException">The service does not answer, or does not know the account.</exception>
    async Task<Answer> SendAsync(HttpMethod method, string path, JsonObject? body, long? version, CancellationToken cancel)
    {
        // The same key each time: a request whose answer got lost is not done twice.
        var key = method == HttpMethod.Post ? Guid.CreateVersion7().ToString() : null;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (token is null) await SignInAsync(null, cancel);
                var used = token;
                var answer = await SendOnceAsync(method, path, body, version, key, used, cancel);
                var late = TimeProvider.System.GetElapsedTime(started) > patience;
                if (answer.Status == (int)HttpStatusCode.Unauthorized && !late) await SignInAsync(used, cancel);
                else if (answer.Status < 500 || late) return answer;
            }
            catch (HttpRequestException away)
            {
                if (TimeProvider.System.GetElapsedTime(started) > patience)
                    throw new ProvisioningException($"{account.Service} does not answer at {account.BaseUrl}. Is `hotline up` running?", away);
            }
            await Task.Delay(Again, cancel);
        }
    }

    async Task<Answer> SendOnceAsync(HttpMethod method, string path, JsonObject? body, long? version, string? key, string? bearer, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (version is not null) request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        using var answer = await http.SendAsync(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return new Answer((int)answer.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : []);
    }
}
