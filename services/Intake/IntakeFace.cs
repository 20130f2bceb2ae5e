using Hotline.Console;
using Hotline.Console.Administration;
using Hotline.Hosting.Accounts;
using Hotline.Intake.Desk;
using Hotline.Intake.Watch;

namespace Hotline.Intake;

/// <summary>The console of the hotline: whose it is, and where one can go.</summary>
static class IntakeFace
{
    public static ConsoleFace Of(string number) => new("Chuyển tuyến", "Referrals", $"Đường dây nóng {number}", $"Hotline {number}",
    [
        new MenuItem("desk", "/desk", "Bàn trực", "Desk", Roles.Operator),
        new MenuItem("cases", "/cases", "Vụ việc", "Cases", Roles.Operator),
        new MenuItem("sheet", "/call-sheet", "Phiếu gọi", "Call sheet", Roles.Operator),
        new MenuItem("hand-over", "/hand-over", "Bàn giao ca", "Hand-over", Roles.Operator),
        new MenuItem("board", "/board", "Bảng giám sát", "Board", Roles.Supervisor),
        new MenuItem("call-backs", "/call-backs", "Gọi lại", "Call-backs", Roles.Supervisor),
        new MenuItem("glass", "/break-glass", "Mở khẩn cấp", "Break-glass", Roles.Supervisor),
        .. AdministrationRoutes.Menu,
        new MenuItem("agencies", "/administration/agencies", "Cơ quan", "Agencies", Roles.Administrator),
        new MenuItem("audit", "/audit", "Nhật ký kiểm tra", "Audit log", Roles.Supervisor),
        new MenuItem("shreddings", "/audit/shreddings", "Tiêu hủy", "Shredding", Roles.Supervisor),
        Duty.Schedule.DutyScreens.MenuItem,
    ])
    {
        Bell = new Bell(ShowDesk.Bell, WatchItems.Topic, Roles.Operator),
        PagedTo = "/",
    };
}
