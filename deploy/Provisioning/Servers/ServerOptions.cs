namespace Hotline.Provisioning.Servers;

/// <summary>How the private servers are started.</summary>
public sealed record ServerOptions
{
    /// <summary>Folder of everything that is kept: <c>.hotline</c> in the clone, or a temporary one. Absolute.</summary>
    public required string StateFolder { get; init; }

    /// <summary>Off only in tests that do not cut the power: the operating system's cache survives a killed server.</summary>
    public bool Fsync { get; init; } = true;

    /// <summary>Use the servers named in HOTLINE_POSTGRES and HOTLINE_RABBITMQ, where set.</summary>
    public bool UseNamedServers { get; init; } = true;

    /// <summary>Told in plain words what is being done, where it takes a while.</summary>
    public Action<string> Tell { get; init; } = static _ => { };

    public string LogFile(string name)
    {
        var folder = Path.Combine(StateFolder, "logs");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Path.Combine(folder, $"{name}.log");
    }
}
