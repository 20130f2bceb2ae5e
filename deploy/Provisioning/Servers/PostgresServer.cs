// A private PostgreSQL. What must stay true: it listens on the loopback only, asks everybody for a password, and writes
// no statement, value or row into its log (cases pass through it).
using Npgsql;

namespace Hotline.Provisioning.Servers;

/// <summary>A PostgreSQL of our own, as a child process.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>Mebibytes; a server that keeps nothing, as tests have several of, takes no more.</summary>
    const long SmallestShared = 256;

    sealed record Memory(int Port, string Password);

    readonly string programs;
    readonly string folder;
    readonly string log;
    readonly bool fsync;
    readonly Memory memory;
    ChildProcess? process;

    PostgresServer(string programs, string folder, string log, bool fsync, Memory memory)
    {
        (this.programs, this.folder, this.log, this.fsync, this.memory) = (programs, folder, log, fsync, memory);
        Address = new DatabaseServer("127.0.0.1", memory.Port, "postgres", memory.Password);
    }

    public DatabaseServer Address { get; }

    public string LogFile => log;

    /// <summary>The folder of the database files.</summary>
    public string Files => Path.Combine(folder, "data");

    /// <summary>Id of the server process; null while it is down.</summary>
    public int? ProcessId => process?.Id;

    public static async Task<PostgresServer> OpenAsync(ServerOptions options, CancellationToken cancellation)
    {
        var programs = await Packages.PostgresProgramsAsync(options, cancellation);
        var folder = Path.Combine(ServerFolder.For(options.StateFolder), "postgres");
        await ServerUser.CreateFolderAsync(folder, ServerUser.Postgres, cancellation);
        var file = Path.Combine(options.StateFolder, "postgres.json");
        var known = ServerFile.Read<Memory>(file);
        var memory = new Memory(LoopbackPort.Prefer(known?.Port), known?.Password ?? Password.Create());
        ServerFile.Write(file, memory);
        var server = new PostgresServer(programs, folder, options.LogFile("postgres"), options.Fsync, memory);
        if (!File.Exists(Path.Combine(server.Files, "PG_VERSION"))) await server.CreateFilesAsync(cancellation);
        return server;
    }

    /// <summary>Starts the server, or starts it again on the same port with the same files; returns when it answers.</summary>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        Leftover.End(Files);
        // Of a server that was killed. Nobody else can be using these files: we hold the state folder, and whoever was left is gone.
        File.Delete(Path.Combine(Files, "postmaster.pid"));
        process = await ChildProcess.StartAsync(
            [Path.Combine(programs, "postgres"), "-D", Files, .. Settings()], log, "/", ServerUser.Postgres);
        await using var source = NpgsqlDataSource.Create(Address.ConnectionString() + ";Pooling=false;Timeout=3");
        await Readiness.WaitAsync("PostgreSQL", process, log, async () =>
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellation);
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }, cancellation);
    }

    /// <summary>Stops the server in order; open connections are ended.</summary>
    public async Task StopAsync()
    {
        if (process is null) return;
        process.Interrupt();
        await process.ExitsWithinAsync(TimeSpan.FromSeconds(15));
        process = null;
    }

    /// <summary>SIGKILL to the server and all its processes.</summary>
    public void Kill()
    {
        process?.Kill();
        process = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    async Task CreateFilesAsync(CancellationToken cancellation)
    {
        var password = Path.Combine(folder, "password");
        await ServerUser.WriteFileAsync(password, memory.Password, ServerUser.Postgres, cancellation);
        string[] durability = fsync ? [] : ["--no-sync"];
        await Command.RunAsync(
            [Path.Combine(programs, "initdb"), "-D", Files, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", password,
             "-E", "UTF8", "--locale", "C.UTF-8", .. durability], cancellation, ServerUser.Postgres);
        File.Delete(password);
    }

    /// <summary>
    /// Memory for pages that all connections share, mebibytes: an eighth of the machine's, so that what is worked on stays
    /// there beside services and broker, and one gibibyte at most (decision record 113).
    /// </summary>
    public static long SharedMebibytes(long machineBytes) => Math.Clamp(machineBytes / 8 / (1 << 20), SmallestShared, 1024);

    IEnumerable<string> Settings()
    {
        (string Name, string Value)[] settings =
        [
            ("listen_addresses", "127.0.0.1"),
            ("port", $"{memory.Port}"),
            ("unix_socket_directories", ""),
            ("max_connections", "300"),
            ("shared_buffers", $"{(fsync ? SharedMebibytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) : SmallestShared)}MB"),
            ("max_wal_size", "2GB"),
            ("checkpoint_timeout", "15min"),
            ("wal_compression", "on"),
            ("jit", "off"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            ("lc_messages", "C"),
            ("log_statement", "none"),
            ("log_min_error_statement", "panic"),
            ("log_parameter_max_length", "0"),
            ("log_parameter_max_length_on_error", "0"),
            // DETAIL lines quote whole rows and keys.
            ("log_error_verbosity", "terse"),
            ("log_checkpoints", "off"),
            ("log_autovacuum_min_duration", "-1"),
            ("fsync", fsync ? "on" : "off"),
            ("full_page_writes", fsync ? "on" : "off"),
        ];
        return settings.SelectMany(setting => (string[])["-c", $"{setting.Name}={setting.Value}"]);
    }
}
