using System.Diagnostics;

namespace Hotline.Provisioning.Servers;

/// <summary>A short program run to its end.</summary>
static class Command
{
    /// <exception cref="ProvisioningException">The program failed; carries the last of what it said.</exception>
    public static async Task RunAsync(
        IReadOnlyList<string> command, CancellationToken cancellation, ServerUser? user = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] account = user is null ? [] : ["setpriv", "--reuid", user.Name, "--regid", user.Name, "--init-groups", "--"];
        string[] words = [.. account, .. command];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        var said = $"{await output}{await errors}".Trim();
        if (process.ExitCode != 0)
            throw new ProvisioningException($"`{string.Join(' ', command)}` failed ({process.ExitCode}): {said[^Math.Min(said.Length, 1000)..]}");
    }
}
