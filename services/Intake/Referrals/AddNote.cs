using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;

namespace Hotline.Intake.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/notes</c>: a word to the agency, sealed (R23).</summary>
public static class AddNote
{
    public sealed record Request
    {
        [Max(4000)] public string? Text { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/notes", HandleAsync).RequireRole(Roles.Operator)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, HubReferral referrals, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (string.IsNullOrWhiteSpace(request!.Text))
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/text"));
        return await referrals.ChangeAsync(http, id, raw, locked =>
        {
            if (locked.Row.State is ReferralState.Revoked)
                return Task.FromResult<Refusal?>(Refusal.With("referral.wrong-state", "state", locked.Row.State.ToText()));
            locked.Send(Kinds.NoteAdded, new NoteAdded(request.Text, new Officer(locked.By.Alias, locked.By.Title, null, null), locked.Now));
            return Task.FromResult<Refusal?>(null);
        }, cancel);
    }
}
