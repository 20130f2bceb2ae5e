using Hotline.Duty.Channels;
using Hotline.Duty.Escalations;
using Hotline.Duty.Officers;
using Hotline.Hosting.Messages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Duty;

/// <summary>Puts the engine and the channels together for a host: an agency's, or the hub's for its watch.</summary>
public static class Paging
{
    /// <summary>Conditions in SQL, as <see cref="Errand"/> takes them. A look at what is due costs one index range for each urgency, however many are open.</summary>
    public const string EscalationsDue =
        "exists (select from unnest(array['P0', 'P1', 'P2', 'P3']) u cross join lateral (select from escalations e where e.urgency = u and e.next_due_at <= clock.at limit 1) d)";
    public const string UrgentPagesDue = "exists (select from page_attempts p where p.urgency = 'P0' and p.due_at <= clock.at)";
    public const string PagesDue =
        "exists (select from unnest(array['P1', 'P2', 'P3']) u cross join lateral (select from page_attempts p where p.urgency = u and p.due_at <= clock.at limit 1) d)";

    /// <summary>The host also registers <see cref="PagingParty"/> and <see cref="WhenKeyPressed"/>, and who is on duty.</summary>
    public static void AddPaging(this IServiceCollection services)
    {
        services.AddSingleton<EscalationSignal>();
        services.AddSingleton<UrgentPageSignal>();
        services.AddSingleton<PageSignal>();
        services.AddTransient<ClaimDue>();
        services.AddSingleton<PageLinks>();
        services.AddSingleton<PageResults>();
        services.AddSingleton<SmtpChannel>();
        services.AddSingleton<GatewayChannel>();
        services.AddSingleton<ConsoleEvents>();
        services.AddSingleton<ChannelDispatch>();
        services.AddSingleton<SendCode>(s => s.GetRequiredService<ChannelDispatch>().SendCodeAsync);
        services.AddSingleton<ReportResults>();
        services.AddHostedService(s => s.GetRequiredService<ConsoleEvents>());
        services.AddHostedService<EscalationEngine>();
        services.AddHostedService<PageSender>();
        services.AddSingleton(s => Errand.Waking("escalations", EscalationsDue, s.GetRequiredService<EscalationSignal>()));
        services.AddSingleton(s => Errand.Waking("urgent pages", UrgentPagesDue, s.GetRequiredService<UrgentPageSignal>()));
        services.AddSingleton(s => Errand.Waking("pages", PagesDue, s.GetRequiredService<PageSignal>()));
        services.AddSingleton(s => new Errand("results of pages", ReportResults.DueWhen, s.GetRequiredService<ReportResults>().ReportAsync));
    }

    public static void MapPaging(this IEndpointRouteBuilder api)
    {
        StreamEvents.Map(api);
        TakeGatewayReport.Map(api);
        EnableExerciseChannels.Map(api);
    }
}
