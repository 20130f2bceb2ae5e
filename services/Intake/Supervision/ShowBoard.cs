using Hotline.Console;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;

namespace Hotline.Intake.Supervision;

/// <summary><c>GET /board</c>: open hand-offs, overdue first, and how quickly agencies answer. Numbers, codes and times only.</summary>
public static class ShowBoard
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/board", HandleAsync).RequireRole(Roles.Supervisor);
        routes.MapFragment("/board/open", PartAsync).RequireRole(Roles.Supervisor);
    }

    static async Task<IResult> HandleAsync(string? urgency, Board board, CancellationToken cancel) =>
        Pages.Show<BoardPage>(new { View = await board.ReadAsync(Known(urgency), cancel) });

    static async Task<IResult> PartAsync(string? urgency, Board board, CancellationToken cancel) =>
        Pages.Show<BoardOpen>(new { View = await board.ReadAsync(Known(urgency), cancel) });

    static string Known(string? urgency) => urgency is not null && CodeList.Of("urgency").Contains(urgency) ? urgency : "P1";
}
