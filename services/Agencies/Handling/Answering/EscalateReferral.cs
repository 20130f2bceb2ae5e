using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Handling.Referrals;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Answering;

/// <summary><c>POST /api/v1/referrals/{id}/escalate</c>: the next step now. With the version that the person saw: two who press at once move it one step.</summary>
public static class EscalateReferral
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/escalate", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, CancellationToken cancel)
    {
        if (Versions.Require(http).Refusal is { } unversioned)
            return Problems.Refuse(unversioned);
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await referrals.ChangeAsync(http, id, raw, locked =>
        {
            if (locked.Escalation is null or { Status: EscalationStatus.Ended })
                return Refusal.With("referral.wrong-state", "state", locked.Row.State.ToText());
            locked.Escalate(new EscalationEvent.EscalatedNow());
            locked.Log("escalation.hurried");
            return null;
        }, cancel);
    }
}
