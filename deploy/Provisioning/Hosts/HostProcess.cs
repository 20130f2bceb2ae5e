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

    Dictionary<string, string?> Surroundings() => new(environment)
    {
        ["HOTLINE_CONFIG"] = settingsFile,
        // Five services on one small machine: memory before speed of allocation.
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_TieredPGO"] = "0",
        // Compiled a second time is what was called 512 times (hexadecimal), not what was called 30 times: with the start of five
        // services that was a sixth of the machine's time, and memory that stayed.
        ["DOTNET_TC_CallCountThreshold"] = "200",
        ["DOTNET_GCConserveMemory"] = "5",
        // Pauses of a small heap are short: no second collector with a thread and memory of its own.
        ["DOTNET_gcConcurrent"] = "0",
        // 8 MiB (hexadecimal): by default the youngest generation grows with the processor's cache, whatever the host needs.
        ["DOTNET_GCgen0size"] = "800000",
        // 32 MiB (hexadecimal), so that the youngest generation fits one region: pieces of 4 MiB were given back to the system after
        // each collection and asked for again at once, two thirds of all page faults of the machine.
        ["DOTNET_GCRegionSize"] = "2000000",
        ["DOTNET_NOLOGO"] = "1",
        // What belongs to whoever started us: a host listens where its settings say.
        ["ASPNETCORE_URLS"] = null,
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["DOTNET_LAUNCH_PROFILE"] = null,
        ["DOTNET_STARTUP_HOOKS"] = null,
    };
}
