using Hotline.Console;
using Hotline.Console.Forms;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>How a channel or a gateway has done in the last thirty days.</summary>
/// <param name="Name">A channel, or a gateway's name.</param>
/// <param name="LastGood">When a provider last took a page or delivered it; null = never.</param>
/// <param name="LastBad">When one last failed or was not sent; null = never.</param>
/// <param name="Reason">Of the last failure.</param>
public sealed record ChannelRecord(string Name, long Pages, DateTimeOffset? LastGood, DateTimeOffset? LastBad, string? Reason);

/// <summary><c>GET /duty/gateways</c>: the ways out for pages, in the order in which they are tried, with their last success and failure; administrators take one out of use. No secret, no number.</summary>
static class ShowGateways
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/duty/gateways", (HttpContext http, HostSettings settings, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
            ShowAsync(http, null, settings, database, clock, cancel)).RequireRole(Roles.Administrator, Roles.Supervisor);
        foreach (var act in new[] { "off", "on" })
            routes.MapForm($"/duty/gateways/{{gateway}}/{act}", (string gateway, HttpContext http, HostSettings settings, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
                TurnAsync(gateway, act, http, settings, database, clock, cancel)).RequireRole(Roles.Administrator);
    }

    static async Task<IResult> TurnAsync(string gateway, string act, HttpContext http, HostSettings settings, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var refusal = await FormState.OnceAsync(http, database, sent, async key =>
            await TurnGateway.TurnAsync(database, settings, gateway, act == "off", http.Caller(), key, await clock.NowAsync(cancel), cancel), cancel);
        return refusal is null
            ? Results.LocalRedirect($"/duty/gateways?done=gateway-{act}")
            : await ShowAsync(http, new FormState($"gateway-{gateway}", default, 0, sent, refusal), settings, database, clock, cancel);
    }

    static async Task<IResult> ShowAsync(HttpContext http, FormState? refused, HostSettings settings, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        Pages.Show<GatewaysPage>(
            new
            {
                Settings = settings.Channels,
                (await OpenWays.ReadAsync(database, cancel)).Off,
                Channels = await ReadAsync(database, "channel", cancel),
                Gateways = await ReadAsync(database, "gateway", cancel),
                Refused = refused,
                MayChange = http.Caller().Roles.Contains(Roles.Administrator),
                At = await clock.NowAsync(cancel),
            },
            refused is null ? StatusCodes.Status200OK : Problems.StatusOf(refused.Refusal!.Code));

    /// <param name="by">A column of <c>page_attempts</c>.</param>
    static async Task<IReadOnlyList<ChannelRecord>> ReadAsync(NpgsqlDataSource database, string by, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"""
            select {by}, count(*), max(coalesce(settled_at, sent_at)) filter (where state in ('accepted-by-provider', 'delivered', 'answered')),
              max(coalesce(settled_at, sent_at)) filter (where state in ('failed', 'not-sent')),
              (array_agg(reason order by settled_at desc nulls last) filter (where state in ('failed', 'not-sent')))[1]
            from page_attempts where {by} is not null and created_at > hotline_now() - interval '30 days' group by 1 order by 1
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var records = new List<ChannelRecord>();
        while (await reader.ReadAsync(cancel))
            records.Add(new ChannelRecord(
                reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.Time(2), reader.IsDBNull(3) ? null : reader.Time(3), reader.Maybe<string>(4)));
        return records;
    }
}
