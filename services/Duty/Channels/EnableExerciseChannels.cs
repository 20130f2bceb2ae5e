using Hotline.Contracts;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>
/// <c>GET</c> and <c>PUT /api/v1/exercise-channels</c>: whoever answers for an exercise lets its pages reach real phones
/// and inboxes of this party, for a run and no longer. In production there are no exercises to enable them for.
/// </summary>
public static class EnableExerciseChannels
{
    static readonly TimeSpan Longest = TimeSpan.FromHours(8);

    public sealed record Request
    {
        /// <summary>From now on, <c>hh:mm:ss</c>, at most eight hours; zero takes it back.</summary>
        public TimeSpan? EnabledFor { get; init; }
    }

    /// <param name="EnabledUntil">Null or past = exercises reach simulated channels only.</param>
    /// <param name="EnabledBy">Alias.</param>
    public sealed record Answer(DateTimeOffset? EnabledUntil, string? EnabledBy);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/exercise-channels", ReadAsync).RequireRole(DutyRoutes.Readers).Produces<Answer>();
        routes.MapPut("/exercise-channels", ChangeAsync).RequireRole(Roles.Supervisor, Roles.FocalPoint).Accepts<Request>("application/json").Produces<Answer>();
    }

    static async Task<IResult> ReadAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select enabled_until, enabled_by from exercise_channels");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return Results.Ok(new Answer(reader.IsDBNull(0) ? null : reader.Time(0), reader.Maybe<string>(1)));
    }

    static async Task<IResult> ChangeAsync(HttpContext http, HostSettings settings, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, _, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (settings.Environment == "production")
            return Problems.Refuse("exercise.in-production");
        if (request!.EnabledFor is not { } time || time < TimeSpan.Zero || time > Longest)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/enabledFor"));
        var (now, by) = (await clock.NowAsync(cancel), http.Caller().Alias);
        var until = now + time;
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.Command("update exercise_channels set enabled_until = $1, enabled_by = $2", until, by));
        batch.BatchCommands.Add(new AuditRecord
        {
            Kind = time == TimeSpan.Zero ? "exercise.channels-disabled" : "exercise.channels-enabled",
            At = now,
            Actor = by,
            Code = $"{until:O}",
        }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return Results.Ok(new Answer(until, by));
    }
}
