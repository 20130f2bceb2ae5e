using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Servers;
using Npgsql;
using Spectre.Console;

namespace Hotline.Benchmarks.Product;

/// <summary>The servers and the published programs of one measurement, in a folder that goes with it.</summary>
sealed class Stand : IAsyncDisposable
{
    readonly string folder;

    Stand(string folder, HostPrograms programs, PrivateServers servers) => (this.folder, Programs, Servers) = (folder, programs, servers);

    public HostPrograms Programs { get; }

    public PrivateServers Servers { get; }

    /// <param name="projects">Services to publish; where <c>HOTLINE_HOSTS</c> names a folder of published ones, they are taken from there.</param>
    public static async Task<Stand> SetUpAsync(params string[] projects)
    {
        var folder = Directory.CreateTempSubdirectory("hotline-benchmark-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "state"));
        // The servers run as their packages' users and must be able to walk through.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return new Stand(folder, await ProgramsAsync(folder, projects), await PrivateServers.StartAsync(new ServerOptions { StateFolder = Path.Combine(folder, "state") }));
    }

    public Task<RunningHotline> StartHotlineAsync(params string[] agencies) =>
        RunningHotline.StartAsync(Servers, Path.Combine(folder, "state"), Programs, simulateChannels: false, agencies);

    /// <summary>With gateways and a mail server that take pages.</summary>
    public Task<RunningHotline> StartPagingHotlineAsync(params string[] agencies) =>
        RunningHotline.StartAsync(Servers, Path.Combine(folder, "state"), Programs, simulateChannels: true, agencies);

    /// <summary>What was measured before is on the disk: nobody pays for pages that another has left behind.</summary>
    public async Task SettleAsync()
    {
        await using var connection = new NpgsqlConnection(Servers.Addresses.Database.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("checkpoint", connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Servers.DisposeAsync();
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            AnsiConsole.WriteLine($"Left behind: {folder} ({left.GetType().Name})");
        }
    }

    static async Task<HostPrograms> ProgramsAsync(string folder, string[] projects)
    {
        if (Environment.GetEnvironmentVariable("HOTLINE_HOSTS") is { Length: > 0 } published)
            return HostPrograms.Published(published);
        AnsiConsole.WriteLine("Publishing the services ...");
        return await PublishedHosts.PublishAsync(Path.Combine(folder, "hosts"), projects);
    }
}
