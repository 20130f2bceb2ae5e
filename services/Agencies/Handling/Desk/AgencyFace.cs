using Hotline.Console;
using Hotline.Console.Administration;
using Hotline.Duty.Schedule;
using Hotline.Handling.Profiles;
using Hotline.Hosting.Accounts;

namespace Hotline.Handling.Desk;

/// <summary>The console of an agency: whose it is, and where one can go.</summary>
static class AgencyFace
{
    public static ConsoleFace Of(AgencyProfile profile) => new(profile.NameVi, profile.NameEn, "Tiếp nhận chuyển tuyến", "Referrals",
    [
        new MenuItem("inbox", "/inbox", "Hộp chuyển tuyến", "Referrals", Roles.DutyOfficer, Roles.FocalPoint),
        new MenuItem("glass", "/break-glass", "Mở khẩn cấp", "Break-glass", Roles.FocalPoint),
        .. AdministrationRoutes.Menu,
        new MenuItem("profile", "/administration/profile", "Hồ sơ cơ quan", "Profile", Roles.Administrator),
        DutyScreens.MenuItem,
    ])
    {
        PagedTo = "/inbox/{0}",
    };
}
