using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/close</c>: with what came of it.</summary>
public static class CloseReferral
{
    public sealed record Request
    {
        [Code("outcome")] public string? Outcome { get; init; }
        [Max(4000)] public string? Text { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/close", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.Outcome is null)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/outcome"));
        return await referrals.MoveAsync(http, id, raw, ReferralCommand.Close, (locked, state) => locked.Report(
            Kinds.ReferralClosed, new ReferralClosed(state, locked.Officer, locked.Now, request.Outcome, request.Text), request.Outcome), cancel);
    }
}
