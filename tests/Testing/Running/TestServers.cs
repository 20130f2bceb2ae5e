using Hotline.Provisioning.Servers;

namespace Hotline.Testing.Running;

/// <summary>One PostgreSQL and one RabbitMQ for all tests of an assembly: started by the first that needs them, on free ports.</summary>
public static class TestServers
{
    static readonly SemaphoreSlim Starting = new(1);
    static PrivateServers? servers;
    static string? folder;
    static int installations;

    public static async Task<PrivateServers> StartAsync()
    {
        await Starting.WaitAsync();
        try
        {
            folder ??= NewFolder();
            return servers ??= await PrivateServers.StartAsync(new ServerOptions { StateFolder = Path.Combine(folder, "state"), Fsync = false });
        }
        finally
        {
            Starting.Release();
        }
    }

    /// <summary>A folder and a prefix for one installation beside others on the same servers.</summary>
    internal static (string Folder, string Prefix) Place()
    {
        var number = Interlocked.Increment(ref installations);
        return (Path.Combine(folder!, $"installation-{number}"), $"t{number}");
    }

    /// <summary>To be called once, at the end of the assembly's tests.</summary>
    public static async Task StopAsync()
    {
        if (servers is null)
            return;
        await SharedHotline.StopAsync();
        await servers.DisposeAsync();
        Directory.Delete(folder!, recursive: true);
    }

    /// <summary>A folder that the servers' own users can walk through.</summary>
    internal static string NewFolder()
    {
        var made = Directory.CreateTempSubdirectory("hotline-tests-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(made, (UnixFileMode)0b111_001_001);
        Directory.CreateDirectory(Path.Combine(made, "state"));
        return made;
    }
}
