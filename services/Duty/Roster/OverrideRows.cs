using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>Somebody stands in for whomever the rule names, from an instant until another (exclusive).</summary>
public sealed record Override(Guid Id, string Unit, string Layer, DateTimeOffset From, DateTimeOffset Until, string Officer, string Reason, bool Swapped);

static class OverrideRows
{
    /// <summary>The constraint that refuses two at once.</summary>
    public const string NoOverlap = "overrides_overlap";

    public static NpgsqlBatchCommand Insert(
        Guid id, string unit, string layer, DateTimeOffset from, DateTimeOffset until, Guid officer, string reason, Guid? swap, string by, DateTimeOffset now) => Sql.Command(
        """
        insert into overrides (id, unit, layer, starts_at, ends_at, account_id, reason, swap_id, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        id, unit, layer, from, until, officer, reason, swap, by, now);

    /// <summary>Those that touch a span of time and were not taken back; of all units where none is named.</summary>
    public static async Task<IReadOnlyList<Override>> BetweenAsync(NpgsqlConnection connection, string? unit, DateTimeOffset from, DateTimeOffset until, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select o.id, o.unit, o.layer, o.starts_at, o.ends_at, a.user_name, o.reason, o.swap_id is not null
            from overrides o join accounts a on a.id = o.account_id
            where ($1::text is null or o.unit = $1) and o.starts_at < $3 and o.ends_at > $2 and o.cancelled_at is null
            order by o.starts_at, o.id
            """,
            connection);
        command.Parameters.Add(Sql.Parameter(unit));
        command.Parameters.Add(Sql.Parameter(from));
        command.Parameters.Add(Sql.Parameter(until));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<Override>();
        while (await reader.ReadAsync(cancel))
            found.Add(new Override(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Time(3), reader.Time(4), reader.GetString(5), reader.GetString(6), reader.GetBoolean(7)));
        return found;
    }
}
