using System.Diagnostics.Metrics;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Probes;

/// <summary><c>GET /api/v1/probes</c> and the same at <c>/metrics</c>, for a monitor outside: when a probe last went through each agency.</summary>
public sealed class ReadProbes
{
    /// <param name="LostSince">When the first was sent that did not come back; null = the way is open.</param>
    public sealed record Item(string Agency, DateTimeOffset? LastSentAt, DateTimeOffset? LastSuccessAt, DateTimeOffset? LostSince);

    readonly NpgsqlDataSource database;

    public ReadProbes(NpgsqlDataSource database, Meter meter)
    {
        this.database = database;
        meter.CreateObservableGauge("hotline.probes.last_success", Successes, "s", "Unix time of the last probe that came back, by agency.");
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/probes", HandleAsync).RequireRole(Roles.Operator, Roles.Supervisor, Roles.Administrator).Produces<Page<Item>>();

    static async Task<IResult> HandleAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select agency, sent_at, answered_at, lost_since from probes order by agency");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<Item>();
        while (await reader.ReadAsync(cancel))
            items.Add(Read(reader));
        return Portion.Answer(http, items);
    }

    /// <summary>Asked by the exporter, which cannot wait asynchronously; one short query for each scrape.</summary>
    List<Measurement<long>> Successes()
    {
        var measurements = new List<Measurement<long>>();
        try
        {
            using var command = database.CreateCommand("select agency, sent_at, answered_at, lost_since from probes");
            using var reader = command.ExecuteReader();
            while (reader.Read())
                if (Read(reader) is { LastSuccessAt: { } success } item)
                    measurements.Add(new Measurement<long>(success.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("agency", item.Agency)));
        }
        catch (NpgsqlException)
        {
            // No figure is a figure too: the monitor outside sees that it is missing.
        }
        return measurements;
    }

    static Item Read(NpgsqlDataReader reader)
    {
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        return new Item(reader.GetString(0), Time(1), Time(2), Time(3));
    }
}
