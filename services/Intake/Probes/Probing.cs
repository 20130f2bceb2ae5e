using System.Diagnostics.Metrics;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Telemetry;

namespace Hotline.Intake.Probes;

/// <summary>Puts the parts of this folder together.</summary>
public static class Probing
{
    public static void AddProbes(this IServiceCollection services)
    {
        services.AddSingleton(_ => new Meter(Measures.Name));
        services.AddSingleton<ProbeRounds>();
        services.AddActivatedSingleton<ReadProbes>();
        services.AddSingleton(s => new Errand("probes", ProbeRounds.DueWhen, s.GetRequiredService<ProbeRounds>().SendDueAsync));
    }
}
