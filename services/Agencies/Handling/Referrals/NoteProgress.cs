using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/progress</c>: what has been done so far, for the hotline.</summary>
public static class NoteProgress
{
    public sealed record Request
    {
        [Max(4000)] public string? Text { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/progress", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (string.IsNullOrWhiteSpace(request!.Text))
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/text"));
        return await referrals.MoveAsync(http, id, raw, ReferralCommand.NoteProgress, (locked, state) =>
            locked.Report(Kinds.ProgressNoted, new ProgressNoted(state, locked.Officer, locked.Now, request.Text)), cancel);
    }
}
