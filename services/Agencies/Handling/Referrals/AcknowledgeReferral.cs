using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/acknowledge</c>: a named officer answers for it (R21).</summary>
public static class AcknowledgeReferral
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/acknowledge", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, CancellationToken cancel)
    {
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await referrals.ChangeAsync(http, id, raw, locked => Acknowledge(locked, AnsweredHow.Console), cancel);
    }

    /// <summary>The same for a console, a link and a pressed key. Whoever comes second is told who has it.</summary>
    internal static Refusal? Acknowledge(LockedReferral locked, AnsweredHow how)
    {
        // Whoever had it fell silent and pages go out again: then another officer may take it over.
        var takesOver = locked.Row.State is ReferralState.Acknowledged or ReferralState.Accepted && locked.Escalation?.Status == EscalationStatus.Paging;
        if (!takesOver)
        {
            if (ReferralMoves.Decide(locked.Row.State, ReferralCommand.Acknowledge, locked.Now) is not Decision.Moved moved)
                return new Refusal("referral.wrong-state", new Dictionary<string, object?> { ["state"] = locked.Row.State.ToText(), ["by"] = locked.Holder });
            locked.Row.State = moved.To;
        }
        locked.Escalate(new EscalationEvent.Acknowledged(locked.By.AccountId, how));
        locked.Write(Sql.Command("update referrals set acknowledged_at = $2, acknowledged_by = $3 where id = $1", locked.Row.Id, locked.Now, locked.By.AccountId));
        locked.Report(Kinds.ReferralAcknowledged, new ReferralAcknowledged(locked.Row.State, locked.Officer, locked.Now));
        return null;
    }
}
