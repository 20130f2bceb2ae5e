using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/hand-back</c>: the officer cannot see it through; somebody else of the agency must answer anew.</summary>
public static class HandBackReferral
{
    public sealed record Request
    {
        [Max(4000)] public string? Reason { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/hand-back", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, Deadlines deadlines, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (string.IsNullOrWhiteSpace(request!.Reason))
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/reason"));
        return await referrals.MoveAsync(http, id, raw, ReferralCommand.HandBack, (locked, state) =>
        {
            locked.Write(deadlines.Restart(id, locked.Now));
            if (locked.Escalation is { } escalation)
                locked.Escalate(new EscalationEvent.HandedBack(deadlines.AcknowledgeBy(escalation.Urgency, locked.Now)));
            locked.Report(Kinds.ReferralHandedBack, new ReferralHandedBack(state, locked.Officer, locked.Now, request.Reason));
        }, cancel);
    }
}
