using Hotline.Console;
using Hotline.Handling.Profiles;
using Hotline.Hosting.Accounts;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Administration;

/// <summary><c>GET /administration/profile</c>: what this agency's service was told about itself when it started.</summary>
static class ShowProfile
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPage("/administration/profile", (AgencyProfile profile) => Pages.Show<ProfilePage>(new { Profile = profile })).RequireRole(Roles.Administrator);
}
