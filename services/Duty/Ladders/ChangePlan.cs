using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Ladders;

/// <summary>
/// <c>PUT /api/v1/ladders</c>: ladders, clocks and page texts, from now or from <c>validFrom</c> on. What is left out
/// stays as it is. Escalations that run keep the ladder that they started with.
/// </summary>
public static class ChangePlan
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut("/ladders", Documents.Put<DutyPlan>(WriteAsync)).RequireRole(Roles.Administrator).Accepts<DutyPlan>("application/json").Produces<DutyPlan>();

    /// <summary>Also what the form on the screen does.</summary>
    internal static async Task<(DutyPlan? Plan, Refusal? Refusal)> WriteAsync(
        NpgsqlDataSource database, DutyPlan written, long seen, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var plan = PlanRules.Complete(written, await DutyPlan.NewestAsync(connection, cancel));
        if (PlanRules.Check(plan) is { } bad)
            return (null, bad);
        var from = plan.ValidFrom is { } later && later > now ? later : now;
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var audit = new AuditRecord { Kind = "ladders.changed", At = now, Actor = by.Alias, Code = $"{seen + 1}" };
        if (!await Documents.WriteAsync(connection, DutyPlan.Insert(plan, seen + 1, from, by.Alias, now), audit, key, cancel))
            return (null, new Refusal("version.stale"));
        await transaction.CommitAsync(cancel);
        return (plan with { ValidFrom = from }, null);
    }
}
