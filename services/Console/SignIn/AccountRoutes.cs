using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using QRCoder;

namespace Hotline.Console.SignIn;

/// <summary>A session as its owner sees it.</summary>
public sealed record OwnSession(Guid Id, string? Client, DateTimeOffset CreatedAt, DateTimeOffset? LastActiveAt, bool Current);

/// <summary>One's own account: sessions, second factor, recovery codes.</summary>
static class AccountRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/account", AccountAsync).RequireRole();
        routes.MapForm("/account/sessions/{id:guid}/end", EndAsync).RequireRole();
        routes.MapPage("/second-factor", EnrolAsync).RequireRole().AllowWhileClosed();
        routes.MapForm("/second-factor", ConfirmAsync).RequireRole().AllowWhileClosed().AddEndpointFilter<SignInLimits>();
    }

    static async Task<IResult> AccountAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var own = http.SignedInSession();
        await using var command = database.CreateCommand(
            """
            select id, client, created_at, last_active_at, (select count(*)::int from recovery_codes where account_id = $1 and used_at is null)
            from sessions where account_id = $1 and revoked_at is null and expires_at > hotline_now() order by created_at desc limit 50
            """);
        command.Parameters.Add(Sql.Parameter(own.Caller.AccountId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var (sessions, codes) = (new List<OwnSession>(), 0);
        while (await reader.ReadAsync(cancel))
        {
            sessions.Add(new OwnSession(
                reader.GetGuid(0), reader.Maybe<string>(1), reader.Time(2), reader.IsDBNull(3) ? null : reader.Time(3), reader.GetGuid(0) == own.Id));
            codes = reader.GetInt32(4);
        }
        return Pages.Show<AccountPage>(new { own.Caller, Sessions = (IReadOnlyList<OwnSession>)sessions, RecoveryCodesLeft = codes });
    }

    static async Task<IResult> EndAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sessions.End(id, http.Caller().AccountId, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = "session.ended", At = now, Actor = http.Caller().Alias }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return Results.LocalRedirect("/account");
    }

    static async Task<IResult> EnrolAsync(HttpContext http, SecondFactor factor, CancellationToken cancel) => await ShowAsync(http, factor, false, cancel);

    static async Task<IResult> ConfirmAsync(HttpContext http, SecondFactor factor, CancellationToken cancel)
    {
        var form = await http.Request.ReadFormAsync(cancel);
        return await factor.ConfirmAsync(http.SignedInSession(), form["code"].ToString(), cancel) is { } codes
            ? Pages.Show<RecoveryCodesPage>(new { Codes = codes })
            : await ShowAsync(http, factor, true, cancel);
    }

    static async Task<IResult> ShowAsync(HttpContext http, SecondFactor factor, bool wrong, CancellationToken cancel)
    {
        var secret = await factor.PendingAsync(http.Caller(), cancel);
        using var code = QRCodeGenerator.GenerateQrCode(factor.AddressOf(http.Caller(), secret), QRCodeGenerator.ECCLevel.M);
        using var picture = new SvgQRCode(code);
        var svg = picture.GetGraphic(new System.Drawing.Size(220, 220), "#000000", "#ffffff", drawQuietZones: true);
        return Pages.Show<SecondFactorPage>(new { Secret = secret, Picture = svg, Wrong = wrong }, wrong ? StatusCodes.Status422UnprocessableEntity : 200);
    }
}
