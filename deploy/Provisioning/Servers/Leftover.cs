using System.Diagnostics;

namespace Hotline.Provisioning.Servers;

/// <summary>
/// Processes of an earlier run that outlived it: ended before the next start. They are known by their working folder,
/// which is ours alone; one that is dead and merely not yet collected has none.
/// </summary>
static class Leftover
{
    public static void End(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(entry), out var id) && id != Environment.ProcessId && WorkingFolder(entry) == folder)
                Kill(id);
    }

    static string? WorkingFolder(string entry)
    {
        try { return new DirectoryInfo(Path.Combine(entry, "cwd")).LinkTarget; }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException) { return null; }
    }

    static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill(entireProcessTree: true);
            process.WaitForExit(TimeSpan.FromSeconds(5));
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            // It ended by itself.
        }
    }
}
