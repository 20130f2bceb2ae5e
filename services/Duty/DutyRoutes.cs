using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;
using Hotline.Duty.Officers;
using Hotline.Duty.Roster;
using Hotline.Hosting.Accounts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Duty;

/// <summary>Who is on duty and by which ladder: the same routes at every agency and at the hub, whose duty is the shift supervisor's.</summary>
public static class DutyRoutes
{
    /// <summary>Administrators write; those who stand duty or rely on it read.</summary>
    internal static string[] Readers { get; } = [Roles.DutyOfficer, Roles.FocalPoint, Roles.Supervisor, Roles.Operator, Roles.Administrator];

    /// <summary>Those who can be on duty.</summary>
    internal static string[] CanBeOnDuty { get; } = [Roles.DutyOfficer, Roles.FocalPoint, Roles.Supervisor];

    /// <summary>What the routes and the hourly look for gaps need.</summary>
    public static void AddRoster(this IServiceCollection services)
    {
        services.AddSingleton<OnDuty>();
        services.AddHostedService<DutyChecks>();
    }

    public static void Map(IEndpointRouteBuilder api)
    {
        ReadRoster.Map(api);
        ChangeRoster.Map(api);
        ExportRoster.Map(api);
        ReadOnDuty.Map(api);
        ReadReadiness.Map(api);
        ReadOverrides.Map(api);
        AddOverride.Map(api);
        CancelOverride.Map(api);
        AskForSwap.Map(api);
        SettleSwap.Map(api);
        ReadHolidays.Map(api);
        ChangeHolidays.Map(api);
        ReadPlan.Map(api);
        ChangePlan.Map(api);
        ReadContacts.Map(api);
        ChangeContacts.Map(api);
        VerifyContact.Map(api);
    }
}
