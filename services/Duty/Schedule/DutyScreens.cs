using Hotline.Console;
using Hotline.Duty.Calendar;
using Hotline.Duty.Channels;
using Hotline.Duty.Ladders;
using Hotline.Duty.Officers;
using Hotline.Duty.Roster;
using Hotline.Hosting.Accounts;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Duty.Schedule;

/// <summary>The pages of duty, the same at every agency and at the hub. They change things by the commands of the interface, and work without a script.</summary>
public static class DutyScreens
{
    /// <summary>Their place in the menu of a console.</summary>
    public static MenuItem MenuItem { get; } = new("duty", "/duty", "Lịch trực", "Duty", DutyRoutes.Readers);

    public static void Map(IEndpointRouteBuilder app)
    {
        ShowDuty.Map(app);
        ShowTonight.Map(app);
        ShowContacts.Map(app);
        ShowHolidays.Map(app);
        ShowLadders.Map(app);
        ShowRosters.Map(app);
        ShowGateways.Map(app);
    }

    /// <summary>The pages below the menu's item.</summary>
    internal static IReadOnlyList<(string Key, string Href, IReadOnlyList<string> Roles)> Tabs { get; } =
    [
        ("calendar", "/duty", DutyRoutes.Readers),
        ("tonight", "/duty/tonight", DutyRoutes.Readers),
        ("contacts", "/duty/contacts", DutyRoutes.CanBeOnDuty),
        ("rosters", "/duty/rosters", DutyRoutes.Readers),
        ("ladders", "/duty/ladders", DutyRoutes.Readers),
        ("holidays", "/duty/holidays", DutyRoutes.Readers),
        ("gateways", "/duty/gateways", [Roles.Administrator, Roles.Supervisor]),
    ];
}
