using System.Text.RegularExpressions;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Handling.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/decline</c>: with a reason, and perhaps a better agency (R22). At the hub it becomes open work.</summary>
public static partial class DeclineReferral
{
    public sealed record Request
    {
        [Code("decline-reason")] public string? ReasonCode { get; init; }
        [Max(4000)] public string? Text { get; init; }
        [Max(41)] public string? BetterAgency { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/decline", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.ReasonCode is null)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/reasonCode"));
        // It may be one that this agency's software has never heard of.
        if (request.BetterAgency is { } better && !AgencyName().IsMatch(better))
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "/betterAgency"));
        return await referrals.MoveAsync(http, id, raw, ReferralCommand.Decline, (locked, state) => locked.Report(
            Kinds.ReferralDeclined,
            new ReferralDeclined(state, locked.Officer, locked.Now, request.ReasonCode, request.Text, request.BetterAgency), request.ReasonCode), cancel);
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{1,40}$")]
    private static partial Regex AgencyName();
}
