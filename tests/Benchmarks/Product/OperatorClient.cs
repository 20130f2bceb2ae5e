using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hotline.Benchmarks.Product;

/// <summary>
/// An operator's programme: signed in, connections kept. It does as little as a client can, because on this machine
/// what it costs is taken from the services.
/// </summary>
sealed class OperatorClient(Uri baseAddress, string token) : IDisposable
{
    static readonly MediaTypeHeaderValue Json = new("application/json");

    readonly AuthenticationHeaderValue authorization = new("Bearer", token);
    readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = 200, UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null,
    });

    public static async Task<OperatorClient> SignInAsync(Uri baseAddress, string userName, string password, string totp)
    {
        using var stranger = new OperatorClient(baseAddress, "none");
        var answer = await stranger.PostAsync("/api/v1/tokens", Bytes(new JsonObject { ["userName"] = userName, ["password"] = password, ["totp"] = totp }));
        return new OperatorClient(baseAddress, JsonNode.Parse(answer)!["accessToken"]!.GetValue<string>());
    }

    public static byte[] Bytes(JsonNode body) => JsonSerializer.SerializeToUtf8Bytes(body);

    /// <summary>Posts, and returns the <c>id</c> of what was created.</summary>
    public async Task<Guid> CreateAsync(string path, byte[] body) => IdOf(await PostAsync(path, body));

    public Task<byte[]> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(baseAddress, path)));

    public Task<byte[]> PostAsync(string path, byte[] body) => SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(baseAddress, path))
    {
        Content = new ByteArrayContent(body) { Headers = { ContentType = Json } },
    });

    public void Dispose() => http.Dispose();

    async Task<byte[]> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            request.Headers.Authorization = authorization;
            using var answer = await http.SendAsync(request, CancellationToken.None);
            var content = await answer.Content.ReadAsByteArrayAsync();
            return answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created
                ? content : throw new InvalidOperationException($"{request.RequestUri!.AbsolutePath}: {(int)answer.StatusCode} {JsonNode.Parse(content)?["code"]}");
        }
    }

    static Guid IdOf(byte[] answer)
    {
        var reader = new Utf8JsonReader(answer);
        while (reader.Read())
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("id"u8))
                return reader.Read() ? reader.GetGuid() : throw new JsonException();
        throw new JsonException("The answer names no id.");
    }
}
