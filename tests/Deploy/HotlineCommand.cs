using System.Diagnostics;
using Hotline.Provisioning.Hosts;

namespace Hotline.Deploy.Tests;

/// <summary>The <c>hotline</c> command as somebody types it: a process of its own.</summary>
static class HotlineCommand
{
    public static Task<(int ExitCode, string Output)> RunAsync(string stateFolder, params string[] words) => RunAloneAsync([.. words, "--state", stateFolder]);

    /// <summary>Without a hotline: what only needs a file.</summary>
    public static Task<(int ExitCode, string Output)> RunAloneAsync(params string[] words) => RunProgramAsync("Cli", "hotline", words);

    /// <summary>A program below <c>deploy</c>, as it was built.</summary>
    public static async Task<(int ExitCode, string Output)> RunProgramAsync(string project, string name, params string[] words)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(Clone.Folder, "deploy", project, "bin", output.Parent!.Name, output.Name, $"{name}.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await said + await complained);
    }
}
