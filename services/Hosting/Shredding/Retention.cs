using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Hosting.Shredding;

/// <summary><c>GET/PUT /api/v1/retention/{kind}</c>: how long each kind of record is kept (days), and what then happens.</summary>
public static class Retention
{
    public sealed record Request
    {
        /// <summary>At least 30.</summary>
        public int? KeepDays { get; init; }
    }

    public sealed record Item(string RecordKind, int KeepDays, string Action, string ChangedBy, DateTimeOffset ChangedAt, long Version);

    const int LeastDays = 30;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/retention", ListAsync).RequireRole(Roles.Administrator, Roles.Supervisor, Roles.FocalPoint).Produces<Page<Item>>();
        routes.MapPut("/retention/{kind}", ChangeAsync).RequireRole(Roles.Administrator).Accepts<Request>("application/json").Produces<Item>();
    }

    const string Select = "select record_kind, extract(epoch from keep_for)::bigint / 86400, action, changed_by, changed_at, version from retention_rules";

    static async Task<IResult> ListAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"{Select} order by record_kind");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<Item>();
        while (await reader.ReadAsync(cancel))
            items.Add(Read(reader));
        return Portion.Answer(http, items);
    }

    static async Task<IResult> ChangeAsync(string kind, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (version, missing) = Versions.Require(http);
        if (missing is not null)
            return Problems.Refuse(missing);
        var (request, _, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request!.KeepDays is not >= LeastDays)
            return Problems.Refuse(Refusal.With("request.malformed", "at", "/keepDays"));
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await FindAsync(connection, kind, cancel) is not { } rule)
            return Problems.Refuse("not-found");
        if (rule.Version != version)
            return Problems.Refuse("version.stale");
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            "update retention_rules set keep_for = make_interval(days => $2), changed_by = $3, changed_at = $4, version = version + 1 where record_kind = $1",
            kind, request.KeepDays, http.Caller().Alias, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = "retention.changed", At = now, Actor = http.Caller().Alias, Code = kind }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        http.SetETag(version + 1);
        return Results.Ok(rule with { KeepDays = request.KeepDays.Value, ChangedBy = http.Caller().Alias, ChangedAt = now, Version = version + 1 });
    }

    static async Task<Item?> FindAsync(NpgsqlConnection connection, string kind, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"{Select} where record_kind = $1 for update", connection);
        command.Parameters.Add(Sql.Parameter(kind));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    static Item Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), (int)reader.GetInt64(1), reader.GetString(2), reader.GetString(3), reader.Time(4), reader.GetInt64(5));
}
