using System.Globalization;

namespace Hotline.Benchmarks.Figures;

/// <summary>What the machine says of itself while it is measured (Linux's /proc).</summary>
public static class Machine
{
    const double TicksPerSecond = 100;

    /// <summary>CPU seconds, user and system, of a process and of its children that ended.</summary>
    public static double CpuSeconds(int process)
    {
        var file = $"/proc/{process}/stat";
        if (!File.Exists(file))
            return 0;
        var fields = File.ReadAllText(file)[(File.ReadAllText(file).LastIndexOf(')') + 2)..].Split(' ');
        return fields[11..15].Sum(f => double.Parse(f, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>CPU seconds of a process and all that descend from it.</summary>
    public static double CpuSecondsOfTree(int process) => CpuSeconds(process) + Children(process).Sum(CpuSecondsOfTree);

    /// <summary>Resident memory, megabytes.</summary>
    public static double ResidentMegabytes(int process) => double.Parse(
        File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    public static double LoadAverage() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Share of all CPU time since start that the hypervisor gave to others.</summary>
    public static double StealShare()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..].Select(double.Parse).ToArray();
        return fields.Length > 7 ? fields[7] / fields.Sum() : 0;
    }

    static IEnumerable<int> Children(int process) => Directory.Exists($"/proc/{process}/task")
        ? Directory.EnumerateDirectories($"/proc/{process}/task").SelectMany(t => File.ReadAllText(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse)
        : [];
}
