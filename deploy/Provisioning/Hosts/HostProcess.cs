using System.Net;
using Hotline.Provisioning.Servers;

namespace Hotline.Provisioning.Hosts;

/// <summary>One node of a service, as a process of its own. It may be killed at any instant and started again.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly string program;
    readonly string settingsFile;
    readonly IReadOnlyDictionary<string, string?> environment;
    readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(5) };
    ChildProcess? process;

    /// <param name="program">The service's dll.</param>
    /// <param name="settingsFile">Its <c>HOTLINE_CONFIG</c>.</param>
    /// <param name="url">Where it will listen, as in that file.</param>
    /// <param name="logFile">Gets standard output and errors.</param>
    /// <param name="environment">Further variables.</param>
    public HostProcess(string name, string program, string settingsFile, Uri url, string logFile, IReadOnlyDictionary<string, string?>? environment = null)
    {
        (Name, this.program, this.settingsFile, Url, LogFile) = (name, program, settingsFile, url, logFile);
        this.environment = environment ?? new Dictionary<string, string?>();
    }

    public string Name { get; }

    public Uri Url { get; }

    public string LogFile { get; }

    /// <summary>Null while it is down.</summary>
    public int? ProcessId => process is { HasExited: false } running ? running.Id : null;

    /// <summary>Starts the process; returns when <c>/health/ready</c> says so.</summary>
    /// <exception cref="ProvisioningException">It ended or did not become ready; quotes the end of its log.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        await LaunchAsync();
        await BecomeReadyAsync(cancellation);
    }

    /// <summary>Starts the process and does not wait.</summary>
    public async Task LaunchAsync() =>
        process = await ChildProcess.StartAsync(["dotnet", program], LogFile, Path.GetDirectoryName(program)!, environment: Surroundings());

    public Task BecomeReadyAsync(CancellationToken cancellation = default) => Readiness.WaitAsync(Name, process!, LogFile, async () =>
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(Url, "/health/ready"), cancellation);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception away) when (away is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }, cancellation);

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        process?.Kill();
        process = null;
    }

    /// <summary>SIGTERM, and SIGKILL when it has not ended after 20 s.</summary>
    public async Task StopAsync()
    {
        if (process is null) return;
        process.Terminate();
        await process.ExitsWithinAsync(Patience);
        process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        http.Dispose();
    }

    Dictionary<string, string?> Surroundings()
    {
        var variables = new Dictionary<string, string?>(environment)
        {
            ["HOTLINE_CONFIG"] = settingsFile,
            ["DOTNET_NOLOGO"] = "1",
            // What belongs to whoever started us: a host listens where its settings say.
            ["ASPNETCORE_URLS"] = null,
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_LAUNCH_PROFILE"] = null,
            ["DOTNET_STARTUP_HOOKS"] = null,
        };
        foreach (var (name, value) in RuntimeSettings.All)
            variables[name] = value;
        return variables;
    }
}
