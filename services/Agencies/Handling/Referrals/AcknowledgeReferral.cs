using Hotline.Contracts;
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
        return await referrals.MoveAsync(http, id, raw, ReferralCommand.Acknowledge, (locked, state) =>
        {
            locked.Write(Sql.Command("update referrals set acknowledged_at = $2, acknowledged_by = $3 where id = $1", id, locked.Now, locked.By.AccountId));
            locked.Report(Kinds.ReferralAcknowledged, new ReferralAcknowledged(state, locked.Officer, locked.Now));
        }, cancel);
    }
}
