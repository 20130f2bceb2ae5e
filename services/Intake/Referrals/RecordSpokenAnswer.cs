using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;

namespace Hotline.Intake.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/answered-by-phone</c>: somebody answered the telephone, and that counts (R32). A fact beside the state.</summary>
public static class RecordSpokenAnswer
{
    public sealed record Request
    {
        [Max(200)] public string? Person { get; init; }
        [Max(200)] public string? Unit { get; init; }
        [Max(200)] public string? Number { get; init; }
        public DateTimeOffset? At { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/answered-by-phone", HandleAsync).RequireRole(Roles.Operator)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    /// <summary>Until somebody acknowledges, and again from when somebody was asked anew (decision record 106).</summary>
    /// <param name="askedAnew">And has not answered since.</param>
    internal static bool IsWaitedFor(ReferralState state, bool askedAnew) => state switch
    {
        ReferralState.Queued or ReferralState.Sent or ReferralState.Delivered => true,
        ReferralState.Acknowledged or ReferralState.Accepted => askedAnew,
        _ => false,
    };

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, HubReferral referrals, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (string.IsNullOrWhiteSpace(request!.Person))
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/person"));
        return await referrals.ChangeAsync(http, id, raw, locked =>
        {
            if (!IsWaitedFor(locked.Row.State, locked.AskedAnew))
                return Task.FromResult<Refusal?>(Refusal.With("referral.wrong-state", "state", locked.Row.State.ToText()));
            var at = request.At ?? locked.Now;
            locked.Send(Kinds.AnsweredByPhone, new AnsweredByPhone(request.Person, request.Unit, request.Number, at, locked.By.Alias));
            locked.Write(Sql.Command("update referrals set answered_by_phone_at = greatest(answered_by_phone_at, $2), answered_at = $3, watch_due_at = $3 where id = $1", id, at, locked.Now));
            return Task.FromResult<Refusal?>(null);
        }, cancel);
    }
}
