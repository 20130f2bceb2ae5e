using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Handling.Profiles;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/assign</c>: to a unit or an officer of the agency; nobody outside hears of it (R16).</summary>
public static class AssignReferral
{
    public sealed record Request
    {
        /// <summary><c>central</c> or a province code.</summary>
        [Max(41)] public string? Unit { get; init; }

        /// <summary>User name of a duty officer or focal point.</summary>
        [Max(200)] public string? Officer { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/assign", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint)
            .Accepts<Request>("application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if ((request!.Unit is null) == (request.Officer is null))
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/unit"));
        if (request.Unit is { } unit && unit != AgencyProfile.CentralUnit && !CodeList.Of("province").Contains(unit))
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "/unit"));
        var officer = request.Officer is null ? null : await OfficerAsync(database, request.Officer, cancel);
        if (request.Officer is not null && officer is null)
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "/officer"));

        return await referrals.ChangeAsync(http, id, raw, locked =>
        {
            if (locked.Row.State.IsFinal())
                return Refusal.With("referral.wrong-state", "state", locked.Row.State.ToText());
            locked.Write(Sql.Command("update referrals set unit = coalesce($2, unit), assigned_to = $3 where id = $1", id, request.Unit, officer));
            if (request.Unit is not null)
                locked.Escalate(new EscalationEvent.Reassigned(request.Unit));
            locked.Log("referral.assigned");
            return null;
        }, cancel);
    }

    static async Task<Guid?> OfficerAsync(NpgsqlDataSource database, string userName, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select id from accounts where user_name = $1 and disabled_at is null and roles && array['dutyOfficer', 'focalPoint']");
        command.Parameters.Add(Sql.Parameter(userName));
        return await command.ExecuteScalarAsync(cancel) as Guid?;
    }
}
