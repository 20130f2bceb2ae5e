using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Hotline.Provisioning.Broker;
using Hotline.Provisioning.Installations;

namespace Hotline.Testing.Running;

/// <summary>The broker's administrator, who makes mistakes: limits that are too small, names that are gone.</summary>
public sealed class BrokerHand : IDisposable
{
    readonly HttpClient http;
    readonly Topology topology;
    readonly string virtualHost;

    public BrokerHand(Installation installation)
    {
        var server = installation.Plan.Servers.Broker;
        topology = installation.Plan.Topology;
        virtualHost = Uri.EscapeDataString(topology.VirtualHost);
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Management };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{server.UserName}:{server.Password}")));
    }

    /// <summary>Above the policy of the topology: a queue takes no more than this.</summary>
    public Task LimitAsync(string party, int mostMessages) => SendAsync(HttpMethod.Put, $"policies/{virtualHost}/too-small", new JsonObject
    {
        ["pattern"] = $@"^{party}\.inbox$",
        ["apply-to"] = "queues",
        ["priority"] = 9,
        ["definition"] = new JsonObject { ["max-length"] = mostMessages, ["overflow"] = "reject-publish" },
    });

    public Task LiftLimitAsync() => SendAsync(HttpMethod.Delete, $"policies/{virtualHost}/too-small", null);

    public Task DeleteExchangeAsync(string party) => SendAsync(HttpMethod.Delete, $"exchanges/{virtualHost}/{party}.inbox", null);

    /// <summary>The exchange stays and leads nowhere.</summary>
    public Task UnbindAsync(string party) => SendAsync(HttpMethod.Delete, $"bindings/{virtualHost}/e/{party}.inbox/q/{party}.inbox/~", null);

    /// <summary>Whoever is connected by that name is put out, and let in no more. The topology brings the user back.</summary>
    public Task DeleteUserAsync(string party) => SendAsync(HttpMethod.Delete, $"users/{Uri.EscapeDataString(topology.UserOf(party))}", null);

    public void Dispose() => http.Dispose();

    async Task SendAsync(HttpMethod method, string path, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, new Uri($"api/{path}", UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }
}
