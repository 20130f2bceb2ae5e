using System.Diagnostics;
using Hotline.Provisioning.Hosts;

namespace Hotline.Deploy.Tests;

/// <summary>The <c>hotline</c> command as somebody types it: a process of its own.</summary>
static class HotlineCommand
{
    public static async Task<(int ExitCode, string Output)> RunAsync(string stateFolder, params string[] words)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(Clone.Folder, "deploy", "Cli", "bin", output.Parent!.Name, output.Name, "hotline.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. words, "--state", stateFolder]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await said + await complained);
    }
}
