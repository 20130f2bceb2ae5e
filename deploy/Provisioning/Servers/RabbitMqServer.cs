// A private RabbitMQ. What must stay true: everything (AMQP, management, distribution, epmd) listens on the loopback
// only and under names and ports of its own, so that two clones and the system's own broker never meet.
namespace Hotline.Provisioning.Servers;

/// <summary>A RabbitMQ node of our own, as a child process, with its own epmd beside it.</summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    sealed record Memory(int Port, int Management, int Distribution, int Epmd, string Node, string Password, string Cookie);

    readonly string script;
    readonly string folder;
    readonly string log;
    readonly Memory memory;
    ChildProcess? process;
    ChildProcess? epmd;

    RabbitMqServer(string script, string folder, string log, Memory memory)
    {
        (this.script, this.folder, this.log, this.memory) = (script, folder, log, memory);
        Address = new BrokerServer("127.0.0.1", memory.Port, "hotline-administrator", memory.Password, new Uri($"http://127.0.0.1:{memory.Management}"));
    }

    public BrokerServer Address { get; }

    /// <summary>The folder of everything the broker stores.</summary>
    public string Files => Path.Combine(folder, "mnesia");

    /// <summary>The folder of the broker's logs.</summary>
    public string Logs => Path.Combine(folder, "log");

    /// <summary>Id of the server process; null while it is down.</summary>
    public int? ProcessId => process?.Id;

    public static async Task<RabbitMqServer> OpenAsync(ServerOptions options, CancellationToken cancellation)
    {
        var script = await Packages.RabbitMqScriptAsync(options, cancellation);
        var folder = Path.Combine(ServerFolder.For(options.StateFolder), "rabbitmq");
        Leftover.End(folder);
        var file = Path.Combine(options.StateFolder, "rabbitmq.json");
        var known = ServerFile.Read<Memory>(file);
        var memory = new Memory(
            LoopbackPort.Prefer(known?.Port), LoopbackPort.Prefer(known?.Management),
            LoopbackPort.Prefer(known?.Distribution), LoopbackPort.Prefer(known?.Epmd),
            known?.Node ?? $"hotline-{Password.Create(8)}@localhost", known?.Password ?? Password.Create(), known?.Cookie ?? Password.Create());
        ServerFile.Write(file, memory);
        var server = new RabbitMqServer(script, folder, options.LogFile("rabbitmq"), memory);
        await server.WriteSettingsAsync(cancellation);
        return server;
    }

    /// <summary>Starts the node, or starts it again on the same ports with the same files; returns when it answers.</summary>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        if (epmd is null or { HasExited: true })
            epmd = await ChildProcess.StartAsync(
                ["epmd", "-port", $"{memory.Epmd}", "-address", "127.0.0.1"], log, folder, ServerUser.RabbitMq, Surroundings());
        process = await ChildProcess.StartAsync([script], log, folder, ServerUser.RabbitMq, Surroundings());
        await Readiness.WaitAsync("RabbitMQ", process, log, async () =>
            await LoopbackPort.AnswersAsync(memory.Port, cancellation) && await LoopbackPort.AnswersAsync(memory.Management, cancellation), cancellation);
    }

    /// <summary>Stops the node in order. Its port mapper stays until disposal.</summary>
    public async Task StopAsync()
    {
        if (process is null) return;
        process.Terminate();
        while (!process.HasExited && await LoopbackPort.AnswersAsync(memory.Port, CancellationToken.None))
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        // Once its stores are closed (right after its listeners) the Erlang machine idles for another six seconds.
        await process.ExitsWithinAsync(TimeSpan.FromSeconds(1.5));
        process = null;
    }

    /// <summary>SIGKILL to the node and all its processes.</summary>
    public void Kill()
    {
        process?.Kill();
        process = null;
    }

    /// <summary>
    /// Loses the broker's disk: queues, messages, users, everything. Only while the node is down. The next start comes
    /// up with the administrator alone; the topology must be applied again.
    /// </summary>
    public async Task DeleteBrokerDataAsync(CancellationToken cancellation = default)
    {
        if (process is not null) throw new InvalidOperationException("The broker is still running.");
        Directory.Delete(Files, recursive: true);
        await ServerUser.CreateFolderAsync(Files, ServerUser.RabbitMq, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        epmd?.Kill();
        epmd = null;
    }

    async Task WriteSettingsAsync(CancellationToken cancellation)
    {
        var owner = ServerUser.RabbitMq;
        foreach (var path in (string[])[folder, Path.Combine(folder, "home"), Files, Logs])
            await ServerUser.CreateFolderAsync(path, owner, cancellation);
        (string Name, string Content)[] files =
        [
            ("home/.erlang.cookie", memory.Cookie),
            ("enabled_plugins", "[rabbitmq_management]."),
            // Its own, empty, so that the system's /etc/rabbitmq is not read.
            ("rabbitmq-env.conf", ""),
            ("rabbitmq.conf", Settings()),
        ];
        foreach (var (name, content) in files)
            await ServerUser.WriteFileAsync(Path.Combine(folder, name), content, owner, cancellation);
    }

    string Settings() =>
        $"""
        listeners.tcp.1 = 127.0.0.1:{memory.Port}
        management.tcp.ip = 127.0.0.1
        management.tcp.port = {memory.Management}
        loopback_users = none
        default_user = {Address.UserName}
        default_pass = {Address.Password}
        default_user_tags.administrator = true
        collect_statistics_interval = 30000
        raft.wal_max_size_bytes = 67108864
        disk_free_limit.absolute = 200MB
        log.console = false
        log.file = rabbit.log
        log.file.level = info
        """ + "\n";

    Dictionary<string, string?> Surroundings() => new()
    {
        ["HOME"] = Path.Combine(folder, "home"),
        ["ERL_EPMD_PORT"] = $"{memory.Epmd}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODENAME"] = memory.Node,
        ["RABBITMQ_DIST_PORT"] = $"{memory.Distribution}",
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq.conf"),
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(folder, "rabbitmq-env.conf"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "enabled_plugins"),
        ["RABBITMQ_MNESIA_BASE"] = Files,
        ["RABBITMQ_LOG_BASE"] = Logs,
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
        // Makes the start script replace itself with the Erlang machine, so that signals and the death of its parent reach it.
        ["detached"] = "true",
        ["RABBITMQ_PID_FILE"] = null,
        ["NOTIFY_SOCKET"] = null,
    };
}
