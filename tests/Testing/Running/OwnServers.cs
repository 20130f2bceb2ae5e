using Hotline.Provisioning.Servers;

namespace Hotline.Testing.Running;

/// <summary>A PostgreSQL and a RabbitMQ for one fixture alone: it may kill them and delete their disks.</summary>
public sealed class OwnServers : IAsyncDisposable
{
    readonly string folder;

    OwnServers(string folder, PrivateServers servers) => (this.folder, Servers) = (folder, servers);

    public PrivateServers Servers { get; }

    public PostgresServer Database => Servers.Postgres!;

    public RabbitMqServer Broker => Servers.RabbitMq!;

    public string StateFolder => Path.Combine(folder, "installation");

    public static async Task<OwnServers> StartAsync()
    {
        var folder = TestServers.NewFolder();
        // What is killed here is a process, not the machine: the operating system still writes what it was given.
        return new OwnServers(folder, await PrivateServers.StartAsync(new ServerOptions
        {
            StateFolder = Path.Combine(folder, "state"), Fsync = false, UseNamedServers = false,
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await Servers.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
