using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Installations;
using Hotline.Provisioning.Servers;
using Npgsql;
using OtpNet;

namespace Hotline.Benchmarks.Product;

/// <summary>An installation with its hosts running, and an operator signed in.</summary>
sealed class RunningHotline : IAsyncDisposable
{
    RunningHotline(Installation installation, IReadOnlyDictionary<string, HostProcess> hosts) =>
        (Installation, Hosts) = (installation, hosts);

    public Installation Installation { get; }

    public IReadOnlyDictionary<string, HostProcess> Hosts { get; }

    public HttpClient Operator { get; private set; } = null!;

    /// <summary>The hub's database, as its owner: to look, not to write.</summary>
    public NpgsqlDataSource Hub { get; private set; } = null!;

    public static async Task<RunningHotline> StartAsync(PrivateServers servers, string folder, HostPrograms programs, params string[] agencies)
    {
        var plan = new InstallationPlan { StateFolder = folder, Servers = servers.Addresses, Programs = programs, Agencies = agencies, Environment = "production" };
        var installation = await Installation.PrepareAsync(plan);
        await installation.ApplyTopologyAsync();
        var hosts = plan.AllParties.ToDictionary(p => p, p => installation.Node(p));
        await Task.WhenAll(hosts.Values.Select(h => h.StartAsync()));
        var hotline = new RunningHotline(installation, hosts)
        {
            Hub = NpgsqlDataSource.Create(installation.Parties["intake"].Databases.Owner + ";Maximum Pool Size=10;No Reset On Close=true"),
        };
        hotline.Operator = await hotline.SignInAsync("intake", "operator");
        return hotline;
    }

    public async Task<HttpClient> SignInAsync(string service, string role)
    {
        var account = Installation.Accounts.First(a => a.Service == service && a.Role == role);
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 200, UseProxy = false }) { BaseAddress = new Uri(account.BaseUrl, "/api/v1/") };
        var code = new Totp(Base32Encoding.ToBytes(account.TotpSecret)).ComputeTotp();
        using var answer = await client.PostAsJsonAsync("tokens", new { userName = account.UserName, password = account.Password, totp = code });
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonObject>())!["accessToken"]!.GetValue<string>();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Cases that are ready to be referred, with a file of about two kilobytes.</summary>
    public async Task<Guid[]> PrepareCasesAsync(int count)
    {
        var cases = new Guid[count];
        await Figures.Flight.FlyAsync(count, 16, async i =>
        {
            var call = await PostAsync("calls", SampleCall.Body);
            cases[i] = Guid.Parse((await PostAsync("cases", new JsonObject { ["callId"] = call["id"]!.GetValue<string>() }))["id"]!.GetValue<string>());
        });
        return cases;
    }

    public async Task<JsonObject> PostAsync(string path, JsonNode body)
    {
        using var answer = await Operator.PostAsJsonAsync(path, body);
        var content = await answer.Content.ReadFromJsonAsync<JsonObject>();
        return answer.IsSuccessStatusCode ? content! : throw new InvalidOperationException($"{path}: {content!["code"]}");
    }

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        await Hub.DisposeAsync();
        await Task.WhenAll(Hosts.Values.Select(h => h.DisposeAsync().AsTask()));
    }
}
