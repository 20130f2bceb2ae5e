using System.Globalization;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Audit;

/// <summary>
/// <c>GET /api/v1/audit/records</c>: who did what when, for supervisors. Facts, times and codes; a supervisor reads no case.
/// </summary>
public static class ReadRecords
{
    /// <param name="Index">Place in the log.</param>
    /// <param name="About">Code of the case, or reference of the referral or call.</param>
    public sealed record Item(int Epoch, long Index, DateTimeOffset At, string Kind, string By, string? About, string? Code, Guid? Jti);

    /// <summary>What is asked for; every part may be absent.</summary>
    /// <param name="Case">Code of a case, or reference of a referral or call.</param>
    /// <param name="Person">User name, alias, or <c>agency/alias</c>.</param>
    /// <param name="Text">A part of a kind, a code or an alias.</param>
    public sealed record Query(string? Case, string? Person, string? Kind, DateTimeOffset? From, DateTimeOffset? To, string? Text);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/audit/records", HandleAsync).RequireRole(Roles.Supervisor).Produces<Page<Item>>();

    static async Task<IResult> HandleAsync(
        [AsParameters] Query query, HttpContext http, NpgsqlDataSource database, AuditLeaf leaves, DatabaseClock clock, CancellationToken cancel)
    {
        if (!TryPage(http, out var limit, out var before))
            return Problems.Refuse("request.malformed");
        await using var connection = await database.OpenConnectionAsync(cancel);
        string[]? subjects = null;
        Guid? caseId = null;
        if (query.Case is { Length: > 0 } code)
        {
            if (await CaseSubjects.FindAsync(connection, code, cancel) is not { } found)
                return Problems.Refuse("not-found");
            (subjects, caseId) = ([.. found.Subjects.Select(leaves.Subject)], found.Case);
        }
        var actors = query.Person is { Length: > 0 } person ? await ActorsAsync(connection, person, leaves, cancel) : null;
        await RecordAsync(connection, http, await clock.NowAsync(cancel), cancel, caseId);
        var items = await FindAsync(connection, query, subjects, actors, before, limit + 1, cancel);
        if (items.Count <= limit)
            return Results.Ok(new Page<Item>(items, null));
        items.RemoveAt(limit);
        return Results.Ok(new Page<Item>(items, $"{items[^1].Epoch}.{items[^1].Index}"));
    }

    static bool TryPage(HttpContext http, out int limit, out (int Epoch, long Index)? before)
    {
        (limit, var refusal) = Paging.ReadLimit(http);
        before = null;
        return refusal is null && TryPlace(http.Request.Query["cursor"].ToString(), out before);
    }

    /// <summary>A place in the log as a cursor names it; nothing is the log's end.</summary>
    internal static bool TryPlace(string cursor, out (int Epoch, long Index)? before)
    {
        before = null;
        if (cursor.Length == 0)
            return true;
        var parts = cursor.Split('.');
        if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return false;
        before = (epoch, index);
        return true;
    }

    internal static async Task<string[]> ActorsAsync(NpgsqlConnection connection, string person, AuditLeaf leaves, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select alias from accounts where user_name = $1", connection);
        command.Parameters.Add(Sql.Parameter(person));
        var alias = await command.ExecuteScalarAsync(cancel) as string;
        return [leaves.Actor(person), leaves.Actor(alias ?? person)];
    }

    internal static async Task<List<Item>> FindAsync(
        NpgsqlConnection connection, Query query, string[]? subjects, string[]? actors, (int Epoch, long Index)? before, int limit, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand { Connection = connection };
        // Only what is asked for: each combination has a plan, and an index, of its own.
        var filters = new List<string>();
        if (subjects is not null)
            filters.Add($"l.subject = any({command.Place(subjects)})");
        if (actors is not null)
            filters.Add($"l.actor = any({command.Place(actors)})");
        if (Given(query.Kind) is { } kind)
            filters.Add($"l.kind = {command.Place(kind)}");
        if (query.From is { } from)
            filters.Add($"l.at >= {command.Place(from)}");
        if (query.To is { } to)
            filters.Add($"l.at < {command.Place(to)}");
        if (Given(query.Text) is { } text)
            filters.Add($"strpos(lower(r.leaf), lower({command.Place(text)})) > 0");
        if (before is var (epoch, index))
            filters.Add($"(l.epoch, l.index) < ({command.Place(epoch)}, {command.Place(index)})");
        command.CommandText =
            $"""
            select l.epoch, l.index, l.at, l.kind, r.leaf, coalesce(f.reference, c.code, k.reference)
            from audit.leaves l join audit.records r on r.id = l.record_id
            left join referrals f on f.id = (r.leaf::jsonb ->> 'referral')::uuid
            left join cases c on c.id = (r.leaf::jsonb ->> 'case')::uuid
            left join calls k on k.id = (r.leaf::jsonb ->> 'call')::uuid
            {(filters.Count == 0 ? "" : "where " + string.Join(" and ", filters))}
            order by l.epoch desc, l.index desc limit {command.Place(limit)}
            """;
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<Item>();
        while (await reader.ReadAsync(cancel))
        {
            var record = AuditRecord.Read(reader.Time(2), reader.GetString(4));
            items.Add(new Item(reader.GetInt32(0), reader.GetInt64(1), record.At, record.Kind, record.Actor, reader.Maybe<string>(5), record.Code, record.Jti));
        }
        return items;
    }

    static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>Who reads the records is on record as well.</summary>
    /// <param name="caseId">Where those of one case are read.</param>
    internal static async Task RecordAsync(NpgsqlConnection connection, HttpContext http, DateTimeOffset now, CancellationToken cancel, Guid? caseId = null)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new AuditRecord { Kind = "records.searched", At = now, Actor = http.Caller().Alias, Case = caseId }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
