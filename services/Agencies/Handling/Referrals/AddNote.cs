using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/notes</c>: a question or a word to the hotline, whatever the state (R23).</summary>
public static class AddNote
{
    public sealed record Request
    {
        [Max(4000)] public string? Text { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/notes", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (string.IsNullOrWhiteSpace(request!.Text))
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/text"));
        return await referrals.ChangeAsync(http, id, raw, locked =>
        {
            locked.Report(Kinds.NoteAdded, new NoteAdded(request.Text, locked.Officer, locked.Now));
            return null;
        }, cancel);
    }
}
