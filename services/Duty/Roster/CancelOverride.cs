using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>
/// <c>DELETE /api/v1/overrides/{id}</c>: from now on the rule holds again. One that has begun ends now and stays as it was
/// until now; one that is over, or was taken back before, is not found.
/// </summary>
public static class CancelOverride
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/overrides/{id:guid}", HandleAsync).RequireRole(Roles.Administrator).Produces(204);

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        return await CancelAsync(database, id, http.Caller(), null, await clock.NowAsync(cancel), cancel) is { } refusal ? Problems.Refuse(refusal) : Results.NoContent();
    }

    /// <summary>Also what the form on the screen does.</summary>
    internal static async Task<Refusal?> CancelAsync(NpgsqlDataSource database, Guid id, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var change = new NpgsqlCommand(
            """
            update overrides set ends_at = case when starts_at < $2 then $2 else ends_at end,
              cancelled_at = case when starts_at < $2 then null else $2 end, cancelled_by = case when starts_at < $2 then null else $3 end
            where id = $1 and cancelled_at is null and ends_at > $2
            returning unit || '/' || layer
            """,
            connection);
        change.Parameters.Add(Sql.Parameter(id));
        change.Parameters.Add(Sql.Parameter(now));
        change.Parameters.Add(Sql.Parameter(by.Alias));
        if (await change.ExecuteScalarAsync(cancel) is not string place)
            return new Refusal("not-found");
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new AuditRecord { Kind = "override.cancelled", At = now, Actor = by.Alias, Code = place }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(id));
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return null;
    }
}
