using System.Text.Json;
using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>What a gateway says of a page afterwards.</summary>
/// <param name="Gateway">Its name, which says whose secret the seal is made with.</param>
/// <param name="Id">As in the <see cref="GatewayMessage"/>.</param>
/// <param name="Event"><c>delivered</c>, <c>failed</c>, <c>answered</c> (somebody took the call) or <c>key-pressed</c>.</param>
/// <param name="Key">The key that was pressed.</param>
/// <param name="Code">Why it failed.</param>
public sealed record GatewayReport(string Gateway, Guid Id, string Event, string? Key, string? Code);

/// <summary>What the called person is told after pressing a key.</summary>
/// <param name="Acknowledged">Whether this press counts.</param>
/// <param name="By">Alias of who has it.</param>
public sealed record KeyPressAnswer(bool Acknowledged, string? By);

/// <summary>What a pressed key does: at an agency it acknowledges the referral, at the hub it takes the watch item.</summary>
public sealed record WhenKeyPressed(Func<Guid, CancellationToken, Task<KeyPressAnswer>> AnswerAsync);

/// <summary>
/// <c>POST /api/v1/gateway/reports</c>: delivery reports and key presses. Must stay true: nothing is believed without the
/// gateway's seal; a copy of a report changes nothing, because states only go forward and an answer raises the generation.
/// </summary>
public static class TakeGatewayReport
{
    const int LongestCode = 40;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/gateway/reports", HandleAsync).AllowAnyone().Accepts<GatewayReport>("application/json").Produces<KeyPressAnswer>();

    static async Task<IResult> HandleAsync(
        HttpContext http, HostSettings settings, PageResults results, WhenKeyPressed keyPressed, NpgsqlDataSource database, DatabaseClock clock,
        EscalationSignal signal, CancellationToken cancel)
    {
        var (raw, refusal) = await RequestBody.ReadRawAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (Read(raw.Span) is not { } report)
            return Problems.Refuse("request.malformed");
        var gateway = settings.Channels?.Gateways.FirstOrDefault(g => g.Name == report.Gateway);
        if (gateway is null || !RequestSeal.Holds(gateway.Secret, http.Request.Headers[RequestSeal.TimeHeader], raw.Span, http.Request.Headers[RequestSeal.SealHeader]))
        {
            await AlarmAsync(database, settings.Party, await clock.NowAsync(cancel), cancel);
            return Problems.Refuse("gateway.bad-seal");
        }
        var state = report.Event switch
        {
            "delivered" => AttemptStates.Delivered,
            "failed" => AttemptStates.Failed,
            "answered" or "key-pressed" => AttemptStates.Answered,
            _ => null,
        };
        if (state is null || report.Code?.Length > LongestCode)
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", state is null ? "/event" : "/code"));
        if (!await results.ReportedAsync(gateway.Name, report.Id, state, state == AttemptStates.Failed ? report.Code ?? "not-delivered" : null, cancel))
            return Problems.Refuse("not-found");
        if (report is not { Event: "key-pressed", Key: "1" })
            return Results.Ok(new KeyPressAnswer(false, null));
        var answer = await keyPressed.AnswerAsync(report.Id, cancel);
        signal.Raise();
        return Results.Ok(answer);
    }

    static GatewayReport? Read(ReadOnlySpan<byte> raw)
    {
        try
        {
            return JsonSerializer.Deserialize<GatewayReport>(raw, Wire.Json) is { Gateway: not null, Event: not null } report ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static async Task AlarmAsync(NpgsqlDataSource database, string party, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Alarm.Raise("gateway.bad-seal", party, null, null, now));
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
