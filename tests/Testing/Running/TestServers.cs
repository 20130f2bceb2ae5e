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
            return servers ??= await PrivateServers.StartAsync(new ServerOptions { StateFolder = NewFolder(), Fsync = false });
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

    static string NewFolder()
    {
        folder = Directory.CreateTempSubdirectory("hotline-tests-").FullName;
        // The servers run as their packages' users and must be able to walk through.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_001_001);
        var state = Path.Combine(folder, "state");
        Directory.CreateDirectory(state);
        return state;
    }
}
