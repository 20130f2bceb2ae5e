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

    public ServerAddresses Addresses { get; }

    /// <summary>Null when <c>HOTLINE_POSTGRES</c> names a server.</summary>
    public PostgresServer? Postgres { get; }

    /// <summary>Null when <c>HOTLINE_RABBITMQ</c> names a server.</summary>
    public RabbitMqServer? RabbitMq { get; }

    /// <summary>Starts both side by side and writes <c>servers.json</c>.</summary>
    /// <exception cref="ProvisioningException">A package is missing, the folder is in use, or a server does not come up.</exception>
    public static async Task<PrivateServers> StartAsync(ServerOptions options, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(options.StateFolder);
        var claim = Claim(options.StateFolder);
        var postgres = StartPostgresAsync(options, cancellation);
        var rabbitMq = StartRabbitMqAsync(options, cancellation);
        try
        {
            await Task.WhenAll(postgres, rabbitMq);
        }
        catch
        {
            await StopAsync(postgres, rabbitMq);
            await claim.DisposeAsync();
            throw;
        }
        var (database, ownPostgres) = await postgres;
        var (broker, ownRabbitMq) = await rabbitMq;
        var addresses = new ServerAddresses { Database = database, Broker = broker };
        addresses.Write(options.StateFolder);
        return new PrivateServers(claim, ownPostgres, ownRabbitMq, addresses);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Postgres?.StopAsync() ?? Task.CompletedTask, RabbitMq?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        await claim.DisposeAsync();
    }

    static async Task<(DatabaseServer, PostgresServer?)> StartPostgresAsync(ServerOptions options, CancellationToken cancellation)
    {
        if (Named(options, "HOTLINE_POSTGRES") is { } address) return (DatabaseServer.Parse(address), null);
        var server = await PostgresServer.OpenAsync(options, cancellation);
        await server.StartAsync(cancellation);
        return (server.Address, server);
    }

    static async Task<(BrokerServer, RabbitMqServer?)> StartRabbitMqAsync(ServerOptions options, CancellationToken cancellation)
    {
        if (Named(options, "HOTLINE_RABBITMQ") is { } address)
            return (BrokerServer.Parse(address, Named(options, "HOTLINE_RABBITMQ_MANAGEMENT")), null);
        var server = await RabbitMqServer.OpenAsync(options, cancellation);
        await server.StartAsync(cancellation);
        return (server.Address, server);
    }

    static async Task StopAsync(Task<(DatabaseServer, PostgresServer? Own)> postgres, Task<(BrokerServer, RabbitMqServer? Own)> rabbitMq)
    {
        if (postgres.IsCompletedSuccessfully && (await postgres).Own is { } database) await database.DisposeAsync();
        if (rabbitMq.IsCompletedSuccessfully && (await rabbitMq).Own is { } broker) await broker.DisposeAsync();
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
