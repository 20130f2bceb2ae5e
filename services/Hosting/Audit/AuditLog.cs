using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Hosting.Audit;

/// <summary>Puts the parts of this folder together for a host.</summary>
public static class AuditLog
{
    public static void AddAuditLog(this IServiceCollection services)
    {
        services.AddSingleton<AuditLeaf>();
        services.AddSingleton<Sequencer>();
        services.AddSingleton<Checkpoints>();
        services.AddSingleton<CosignedHead>();
        services.AddSingleton<Witness>();
        services.AddSingleton<Witnessed>();
        services.AddSingleton<StatusReader>();
        services.AddHostedService<LogKeeper>();
    }
}
