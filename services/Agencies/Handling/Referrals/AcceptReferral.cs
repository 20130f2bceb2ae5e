using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/accept</c>: the agency will act. An acceptance without an acknowledgement counts as both.</summary>
public static class AcceptReferral
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/accept", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, CancellationToken cancel)
    {
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await referrals.MoveAsync(http, id, raw, ReferralCommand.Accept, (locked, state) =>
        {
            locked.Write(Sql.Command(
                "update referrals set acknowledged_at = coalesce(acknowledged_at, $2), acknowledged_by = coalesce(acknowledged_by, $3) where id = $1",
                id, locked.Now, locked.By.AccountId));
            locked.Report(Kinds.ReferralAccepted, new ReferralAccepted(state, locked.Officer, locked.Now));
        }, cancel);
    }
}
