using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using OtpNet;

namespace Hotline.Testing.Actors;

/// <summary>A person (or nobody) at a service's HTTP interface. Paths are below <c>/api/v1/</c>.</summary>
public sealed class Actor : IDisposable
{
    readonly HttpClient http;

    public Actor(Uri service, string? token)
    {
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(service, "/api/v1/"), Timeout = TimeSpan.FromSeconds(60) };
        Token = token;
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public string? Token { get; }

    public static string Totp(string secret) => new Totp(Base32Encoding.ToBytes(secret)).ComputeTotp();

    public static async Task<Actor> SignInAsync(Uri service, string userName, string password, string totpSecret)
    {
        using var nobody = new Actor(service, null);
        var answer = await nobody.PostAsync("tokens", new JsonObject { ["userName"] = userName, ["password"] = password, ["totp"] = Totp(totpSecret) });
        return new Actor(service, answer.Good()["accessToken"]);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Answer> PostAsync(string path, JsonNode? body = null, Guid? idempotencyKey = null, string? ifMatch = null) =>
        SendAsync(HttpMethod.Post, path, Json(body), idempotencyKey, ifMatch);

    public Task<Answer> PatchAsync(string path, JsonNode body, string? ifMatch) => SendAsync(HttpMethod.Patch, path, Json(body), null, ifMatch);

    public Task<Answer> PutAsync(string path, JsonNode body, string? ifMatch) => SendAsync(HttpMethod.Put, path, Json(body), null, ifMatch);

    /// <summary>Any bytes at all.</summary>
    public Task<Answer> PostBytesAsync(string path, byte[] body) =>
        SendAsync(HttpMethod.Post, path, new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } });

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, Guid? idempotencyKey = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (idempotencyKey is { } key)
            request.Headers.Add("Idempotency-Key", key.ToString());
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await http.SendAsync(request);
        return new Answer(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.ETag?.Tag)
        {
            MediaType = answer.Content.Headers.ContentType?.MediaType,
        };
    }

    public void Dispose() => http.Dispose();

    static StringContent? Json(JsonNode? body) => body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
}
