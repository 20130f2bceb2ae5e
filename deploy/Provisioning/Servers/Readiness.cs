using System.Diagnostics;

namespace Hotline.Provisioning.Servers;

/// <summary>Waiting for something we started to answer.</summary>
static class Readiness
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <exception cref="ProvisioningException">It ended, or did not answer in two minutes; names the log, quotes its end.</exception>
    public static async Task WaitAsync(string name, ChildProcess process, string log, Func<Task<bool>> answers, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (!await answers())
        {
            if (process.HasExited) throw new ProvisioningException($"{name} did not start. The end of {log}:\n{EndOf(log)}");
            if (waited.Elapsed > Patience)
            {
                process.Kill();
                throw new ProvisioningException($"{name} did not answer within {Patience.TotalSeconds} s. The end of {log}:\n{EndOf(log)}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
        }
    }

    static string EndOf(string log)
    {
        try { return string.Join('\n', File.ReadLines(log).TakeLast(12)); }
        catch (IOException) { return "(no log)"; }
    }
}
