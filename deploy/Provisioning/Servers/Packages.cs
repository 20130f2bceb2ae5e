using System.Globalization;

namespace Hotline.Provisioning.Servers;

/// <summary>The programs of Debian's packages <c>postgresql</c>, <c>rabbitmq-server</c> and <c>chromium</c>: found, or installed when we may.</summary>
public static class Packages
{
    const int OldestPostgres = 15;
    static readonly SemaphoreSlim OneInstallation = new(1);

    /// <returns>The folder of <c>postgres</c> and <c>initdb</c>.</returns>
    public static Task<string> PostgresProgramsAsync(ServerOptions options, CancellationToken cancellation) =>
        FindOrInstallAsync("postgresql", FindPostgres, "HOTLINE_POSTGRES=postgres://user:password@host:5432", options, cancellation);

    /// <returns>The server's start script.</returns>
    public static Task<string> RabbitMqScriptAsync(ServerOptions options, CancellationToken cancellation) =>
        FindOrInstallAsync("rabbitmq-server", FindRabbitMq, "HOTLINE_RABBITMQ=amqp://user:password@host:5672", options, cancellation);

    /// <summary>For the tests of the consoles.</summary>
    /// <returns>The browser's program.</returns>
    public static Task<string> ChromiumProgramAsync(ServerOptions options, CancellationToken cancellation) =>
        FindOrInstallAsync(
            "chromium", () => OnPath("chromium") is { } folder ? Path.Combine(folder, "chromium") : null, "PATH=/where/chromium/is", options, cancellation);

    static async Task<string> FindOrInstallAsync(string package, Func<string?> find, string setting, ServerOptions options, CancellationToken cancellation)
    {
        if (find() is { } found) return found;
        await OneInstallation.WaitAsync(cancellation);
        try
        {
            if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/apt-get"))
                throw new ProvisioningException(
                    $"{package} is not installed. Type\n  sudo apt-get install {package}\nor name a server of yours: {setting}");
            options.Tell($"Installing the package {package} ...");
            var quiet = new Dictionary<string, string>
            {
                ["DEBIAN_FRONTEND"] = "noninteractive",
                // Keeps the package from starting a server of its own: we start ours.
                ["RUNLEVEL"] = "1",
            };
            await Command.RunAsync(["apt-get", "update", "-q"], cancellation, environment: quiet);
            await Command.RunAsync(["apt-get", "install", "-y", "-q", "--no-install-recommends", package], cancellation, environment: quiet);
            return find() ?? throw new ProvisioningException($"{package} was installed, but its programs are not where they should be.");
        }
        finally
        {
            OneInstallation.Release();
        }
    }

    static string? FindPostgres()
    {
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        var newest = versions
            .Select(folder => (Folder: folder, Version: int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0))
            .Where(found => found.Version >= OldestPostgres && File.Exists(Path.Combine(found.Folder, "bin", "postgres")))
            .OrderByDescending(found => found.Version)
            .Select(found => Path.Combine(found.Folder, "bin"))
            .FirstOrDefault();
        return newest ?? OnPath("initdb");
    }

    static string? FindRabbitMq() =>
        // Debian's wrapper in /usr/sbin changes the account and the log files: past it, to the script itself.
        File.Exists("/usr/lib/rabbitmq/bin/rabbitmq-server") ? "/usr/lib/rabbitmq/bin/rabbitmq-server"
        : OnPath("rabbitmq-server") is { } folder ? Path.Combine(folder, "rabbitmq-server") : null;

    static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, program)));
}
