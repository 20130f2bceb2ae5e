using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Watch;

/// <summary><c>GET /api/v1/watch</c>: what is late now, most urgent first, each with the numbers to ring, in order (R33).</summary>
public static class ReadWatch
{
    /// <param name="Code">For example <c>not-acknowledged</c>.</param>
    /// <param name="Reference">Of the referral, or the agency's name.</param>
    /// <param name="TakenBy">Alias of who looks after it; null = nobody yet.</param>
    public sealed record Item(
        Guid Id, string Code, string Agency, Guid? ReferralId, string Reference, string Urgency, string Class, DateTimeOffset RaisedAt,
        string? TakenBy, DateTimeOffset? TakenAt, long Version, IReadOnlyList<Number> CallSheet);

    /// <param name="Hours"><c>24x7</c> or <c>office</c>.</param>
    public sealed record Number(string Name, string Phone, string Hours, string Unit);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/watch", HandleAsync).RequireRole(Roles.Operator, Roles.Supervisor).Produces<Page<Item>>();

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var desks = await DesksAsync(database, cancel);
        await using var command = database.CreateCommand(
            """
            select w.id, w.code, w.agency, w.referral_id, w.reference, w.urgency, w.class, w.raised_at, a.alias, w.taken_at, w.version, w.unit
            from watch_items w left join accounts a on a.id = w.taken_by where w.cleared_at is null order by w.urgency, w.raised_at, w.id
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<Item>();
        while (await reader.ReadAsync(cancel))
        {
            var (agency, unit) = (reader.GetString(2), reader.GetString(11));
            items.Add(new Item(
                reader.GetGuid(0), reader.GetString(1), agency, reader.Maybe<Guid?>(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
                reader.Time(7), reader.Maybe<string>(8), reader.IsDBNull(9) ? null : reader.Time(9), reader.GetInt64(10),
                [.. desks.Where(d => d.Agency == agency && (d.Number.Unit == unit || d.Number.Unit == "central")).OrderBy(d => d.Number.Unit == unit ? 0 : 1).Select(d => d.Number)]));
        }
        return Portion.Answer(http, items);
    }

    static async Task<List<(string Agency, Number Number)>> DesksAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select agency, name_vi, phone, hours, unit from desks order by agency, unit, position");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var desks = new List<(string, Number)>();
        while (await reader.ReadAsync(cancel))
            desks.Add((reader.GetString(0), new Number(reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4))));
        return desks;
    }
}
