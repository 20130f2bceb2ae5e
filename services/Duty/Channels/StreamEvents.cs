using System.Text.Json;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Hotline.Duty.Channels;

/// <summary>
/// <c>GET /api/v1/events</c>: server-sent events (WHATWG HTML, 9.2) for the signed-in person. A page counts as delivered
/// when it was written to an open stream. A stream ends after some minutes, so that an account that was closed is out;
/// browsers come back by themselves.
/// </summary>
public static class StreamEvents
{
    static readonly TimeSpan Alive = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/events", HandleAsync).RequireRole(Roles.Operator, Roles.Supervisor, Roles.DutyOfficer, Roles.FocalPoint)
            .IsNobodysAct().Produces<string>(contentType: "text/event-stream");

    static async Task HandleAsync(HttpContext http, ConsoleEvents consoles, PageResults results, IHostApplicationLifetime host, TimeProvider time)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, host.ApplicationStopping);
        ends.CancelAfter(Longest);
        http.Response.ContentType = "text/event-stream";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var caller = http.Caller();
        var subscription = consoles.Open(caller.AccountId, caller.Unit);
        try
        {
            await WriteAsync(http, "retry: 1000\n\n", ends.Token);
            while (!ends.IsCancellationRequested)
            {
                using var quiet = CancellationTokenSource.CreateLinkedTokenSource(ends.Token);
                quiet.CancelAfter(Alive);
                if (await NextAsync(subscription, quiet.Token) is not { } happened)
                {
                    await WriteAsync(http, ": alive\n\n", ends.Token);
                    continue;
                }
                await WriteAsync(http, $"event: {happened.Kind}\ndata: {JsonSerializer.Serialize(happened, Wire.Json)}\n\n", ends.Token);
                if (happened.Page is { } page)
                    await results.ShownAsync(page, ends.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The browser left, the time is over, or the host stops.
        }
        finally
        {
            consoles.Close(subscription);
        }
    }

    static async Task<ConsoleEvent?> NextAsync(ConsoleEvents.Subscription subscription, CancellationToken quiet)
    {
        try
        {
            return await subscription.Events.Reader.ReadAsync(quiet);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    static async Task WriteAsync(HttpContext http, string text, CancellationToken cancel)
    {
        await http.Response.WriteAsync(text, cancel);
        await http.Response.Body.FlushAsync(cancel);
    }
}
