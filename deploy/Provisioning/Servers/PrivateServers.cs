namespace Hotline.Provisioning.Servers;

/// <summary>
/// The database server and the broker of one state folder: our own children, or those the environment names. One
/// process at a time may hold a state folder.
/// </summary>
public sealed class PrivateServers : IAsyncDisposable
{
    readonly FileStream claim;

    PrivateServers(FileStream claim, PostgresServer? postgres, RabbitMqServer? rabbitMq, ServerAddresses addresses) =>
        (this.claim, Postgres, RabbitMq, Addresses) = (claim, postgres, rabbitMq, addresses);

    /// <summary>Known before anything runs.</summary>
    public ServerAddresses Addresses { get; }

    /// <summary>Null when <c>HOTLINE_POSTGRES</c> names a server.</summary>
    public PostgresServer? Postgres { get; }

    /// <summary>Null when <c>HOTLINE_RABBITMQ</c> names a server.</summary>
    public RabbitMqServer? RabbitMq { get; }

    /// <summary>Finds or installs the programs, makes the files, chooses the ports, writes <c>servers.json</c>. Starts nothing.</summary>
    /// <exception cref="ProvisioningException">A package is missing or the folder is in use.</exception>
    public static async Task<PrivateServers> OpenAsync(ServerOptions options, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(options.StateFolder);
        var claim = Claim(options.StateFolder);
        try
        {
            var (namedDatabase, namedBroker) = (Named(options, "HOTLINE_POSTGRES"), Named(options, "HOTLINE_RABBITMQ"));
            var opening = namedDatabase is null ? PostgresServer.OpenAsync(options, cancellation) : null;
            var rabbitMq = namedBroker is null ? await RabbitMqServer.OpenAsync(options, cancellation) : null;
            var postgres = opening is null ? null : await opening;
            var addresses = new ServerAddresses
            {
                Database = postgres?.Address ?? DatabaseServer.Parse(namedDatabase!),
                Broker = rabbitMq?.Address ?? BrokerServer.Parse(namedBroker!, Named(options, "HOTLINE_RABBITMQ_MANAGEMENT")),
            };
            addresses.Write(options.StateFolder);
            return new PrivateServers(claim, postgres, rabbitMq, addresses);
        }
        catch
        {
            await claim.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens and starts both, side by side.</summary>
    /// <exception cref="ProvisioningException">As <see cref="OpenAsync"/>, or a server does not come up.</exception>
    public static async Task<PrivateServers> StartAsync(ServerOptions options, CancellationToken cancellation = default)
    {
        var servers = await OpenAsync(options, cancellation);
        try
        {
            await Task.WhenAll(servers.StartDatabaseAsync(cancellation), servers.StartBrokerAsync(cancellation));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public Task StartDatabaseAsync(CancellationToken cancellation = default) => Postgres?.StartAsync(cancellation) ?? Task.CompletedTask;

    public Task StartBrokerAsync(CancellationToken cancellation = default) => RabbitMq?.StartAsync(cancellation) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Postgres?.StopAsync() ?? Task.CompletedTask, RabbitMq?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        await claim.DisposeAsync();
    }

    static string? Named(ServerOptions options, string variable) =>
        options.UseNamedServers && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } address ? address : null;

    static FileStream Claim(string stateFolder)
    {
        try
        {
            return new FileStream(Path.Combine(stateFolder, "in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new ProvisioningException($"Another process is using {stateFolder}. Stop it first, or choose another folder with --state.");
        }
    }
}
