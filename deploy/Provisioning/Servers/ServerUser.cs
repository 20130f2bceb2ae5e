namespace Hotline.Provisioning.Servers;

/// <summary>The system account a package brought along. Neither server runs as root; when we are not root, both run as we do.</summary>
public sealed record ServerUser(string Name)
{
    public static ServerUser? Postgres => OnlyForRoot("postgres");

    public static ServerUser? RabbitMq => OnlyForRoot("rabbitmq");

    /// <summary>Creates a folder that only this account may enter.</summary>
    public static async Task CreateFolderAsync(string path, ServerUser? owner, CancellationToken cancellation)
    {
        string[] account = owner is null ? [] : ["-o", owner.Name, "-g", owner.Name];
        await Command.RunAsync(["install", "-d", "-m", "0700", .. account, path], cancellation);
    }

    /// <summary>Writes a file (0600) that only this account may read.</summary>
    public static async Task WriteFileAsync(string path, string content, ServerUser? owner, CancellationToken cancellation)
    {
        SecretFile.Write(path, content);
        if (owner is not null)
            await Command.RunAsync(["chown", $"{owner.Name}:{owner.Name}", path], cancellation);
    }

    static ServerUser? OnlyForRoot(string name) => Environment.IsPrivilegedProcess ? new ServerUser(name) : null;
}
