using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Hotline.Provisioning.Servers;

namespace Hotline.Provisioning.Broker;

/// <summary>The broker's management interface, as its administrator.</summary>
public sealed class BrokerManagement : IDisposable
{
    readonly HttpClient http;

    public BrokerManagement(BrokerServer server)
    {
        // Straight to the broker: a proxy of the surroundings has no business between us and our administrator's password.
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Management, Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{server.UserName}:{server.Password}")));
    }

    /// <summary>
    /// Brings a live broker to the topology: creates what is missing, sets policies, permissions and passwords. May be
    /// repeated at any time; never deletes a queue or a message.
    /// </summary>
    /// <param name="passwords">By party.</param>
    public async Task ApplyAsync(Topology topology, IReadOnlyDictionary<string, string> passwords, CancellationToken cancellation = default)
    {
        await SendAsync(HttpMethod.Put, VirtualHost(topology), new JsonObject(), cancellation);
        await Task.WhenAll(topology.Parties.Select(async party =>
        {
            await SendAsync(HttpMethod.Put, User(topology, party), new JsonObject { ["password"] = passwords[party], ["tags"] = "" }, cancellation);
            await SendAsync(HttpMethod.Put, $"api/permissions/{Uri.EscapeDataString(topology.VirtualHost)}/{Uri.EscapeDataString(topology.UserOf(party))}", topology.Permission(party), cancellation);
        }));
        await SendAsync(HttpMethod.Post, "api/definitions", topology.Definitions(withUsers: false), cancellation);
    }

    /// <summary>Whether the broker has every queue of the topology.</summary>
    public async Task<bool> HasAsync(Topology topology, CancellationToken cancellation = default)
    {
        using var answer = await http.GetAsync(new Uri($"api/queues/{Uri.EscapeDataString(topology.VirtualHost)}?columns=name", UriKind.Relative), cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound) return false;
        answer.EnsureSuccessStatusCode();
        var queues = await answer.Content.ReadFromJsonAsync<JsonArray>(cancellation);
        var names = queues!.Select(queue => (string)queue!["name"]!).ToHashSet();
        return topology.Parties.All(party => names.Contains(Topology.Inbox(party)) && names.Contains(Topology.DeadLetters(party)));
    }

    /// <summary>Removes a virtual host with everything in it, and its parties' users. For tests.</summary>
    public async Task DeleteAsync(Topology topology, CancellationToken cancellation = default)
    {
        await SendAsync(HttpMethod.Delete, VirtualHost(topology), null, cancellation);
        foreach (var party in topology.Parties)
            await SendAsync(HttpMethod.Delete, User(topology, party), null, cancellation);
    }

    public void Dispose() => http.Dispose();

    static string VirtualHost(Topology topology) => $"api/vhosts/{Uri.EscapeDataString(topology.VirtualHost)}";

    static string User(Topology topology, string party) => $"api/users/{Uri.EscapeDataString(topology.UserOf(party))}";

    async Task SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request, cancellation);
        if (!answer.IsSuccessStatusCode)
            throw new ProvisioningException($"The broker refused {method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellation)}");
    }
}
