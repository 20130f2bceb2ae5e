namespace Hotline.Provisioning.Hosts;

/// <summary>How the .NET runtime of a service is set. Five services on one small machine: memory before speed of allocation. Numbers are hexadecimal, as the runtime reads them.</summary>
public static class RuntimeSettings
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_TieredPGO"] = "0",
        // Compiled a second time is what was called 512 times, not what was called 30 times: with the start of five services that
        // was a sixth of the machine's time, and memory that stayed.
        ["DOTNET_TC_CallCountThreshold"] = "200",
        ["DOTNET_GCConserveMemory"] = "5",
        // Pauses of a small heap are short: no second collector with a thread and memory of its own.
        ["DOTNET_gcConcurrent"] = "0",
        // 6 and 4 MiB. By default the youngest generation grows with the processor's cache; without the budgets it grows from
        // this to whatever a busy minute leaves behind (decision record 112).
        ["DOTNET_GCgen0size"] = "600000",
        ["DOTNET_GCGen0MaxBudget"] = "600000",
        ["DOTNET_GCGen1MaxBudget"] = "400000",
        // 32 MiB, so that the youngest generation fits one region: pieces of 4 MiB were given back to the system after each
        // collection and asked for again at once, two thirds of all page faults of the machine.
        ["DOTNET_GCRegionSize"] = "2000000",
    };
}
