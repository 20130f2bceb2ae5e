// Starts the programs that must not outlive us. What must stay true: a child dies with this process, even when this
// process is killed with SIGKILL; Ctrl-C at the terminal reaches only us, so that children are stopped in order.
// Linux sends the death signal when the *thread* that started the child ends, hence one thread that never ends.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Hotline.Provisioning.Servers;

/// <summary>A program we started, with its output in a log file.</summary>
public sealed class ChildProcess
{
    const int SigInt = 2;
    const int SigTerm = 15;

    static readonly BlockingCollection<Action> Births = [];

    readonly Process process;

    static ChildProcess() => new Thread(static () =>
    {
        foreach (var birth in Births.GetConsumingEnumerable())
            birth();
    })
    { IsBackground = true, Name = "births" }.Start();

    ChildProcess(Process process) => this.process = process;

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>Starts <paramref name="command"/> (program first) with its output appended to <paramref name="logFile"/>.</summary>
    /// <param name="user">An account to run as; null = our own. Only root may name one.</param>
    /// <param name="environment">Added to our environment; a null value removes a variable.</param>
    public static async Task<ChildProcess> StartAsync(
        IReadOnlyList<string> command, string logFile, string folder, ServerUser? user = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, UseShellExecute = false };
        // The shell opens the log before the account changes, then is replaced: the id is the program's own.
        foreach (var word in (string[])["-c", "umask 077; log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", logFile, .. Wrapping(user), .. command])
            start.ArgumentList.Add(word);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        var born = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Births.Add(() =>
        {
            try { born.SetResult(Process.Start(start)!); }
            catch (Exception failure) { born.SetException(failure); }
        });
        return new ChildProcess(await born.Task);
    }

    /// <summary>SIGKILL to the program and everything it started, all at once; returns when they are gone.</summary>
    public void Kill()
    {
        try { process.Kill(entireProcessTree: true); }
        catch (InvalidOperationException) { return; }
        process.WaitForExit();
    }

    public void Interrupt() => Signal(SigInt);

    public void Terminate() => Signal(SigTerm);

    /// <summary>Waits for the end; kills the program when it has not ended after <paramref name="patience"/>.</summary>
    /// <returns>False when it had to be killed.</returns>
    public async Task<bool> ExitsWithinAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Kill();
            return false;
        }
    }

    void Signal(int number)
    {
        if (!process.HasExited) _ = kill(process.Id, number);
    }

    static string[] Wrapping(ServerUser? user)
    {
        if (!OperatingSystem.IsLinux()) return [];
        string[] account = user is null ? [] : ["--reuid", user.Name, "--regid", user.Name, "--init-groups"];
        return ["setsid", "setpriv", .. account, "--pdeathsig", "KILL", "--"];
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int kill(int process, int signal);
}
