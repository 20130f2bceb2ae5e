using Hotline.Hosting.Accounts;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Console.Administration;

/// <summary>The administrator's screens that every party has: accounts, sessions, keys. An administrator sees no victim data.</summary>
public static class AdministrationRoutes
{
    /// <summary>Their places in the menu.</summary>
    public static IReadOnlyList<MenuItem> Menu { get; } =
    [
        new MenuItem("accounts", ShowAccounts.Address, "Tài khoản", "Accounts", Roles.Administrator),
        new MenuItem("sessions", ShowSessions.Address, "Phiên làm việc", "Sessions", Roles.Administrator),
        new MenuItem("keys", "/administration/keys", "Khóa", "Keys", Roles.Administrator),
    ];

    internal static void Map(IEndpointRouteBuilder routes)
    {
        ShowAccounts.Map(routes);
        MakeAccount.Map(routes);
        ShowAccount.Map(routes);
        ChangeAccount.Map(routes);
        GiveDesignation.Map(routes);
        ShowSessions.Map(routes);
        ShowKeys.Map(routes);
    }
}
