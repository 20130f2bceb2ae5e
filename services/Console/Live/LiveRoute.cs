using System.Text;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Live;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Console.Live;

/// <summary>
/// <c>GET /live</c>: server-sent events for open pages. <c>changed</c> names referrals by id, nothing else; the page asks
/// for the parts it shows, past the guard like every request. <c>now</c> carries the server's time, which rules the clocks.
/// </summary>
static class LiveRoute
{
    static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    // Many changes at once become one event; a person sees no difference.
    static readonly TimeSpan Together = TimeSpan.FromMilliseconds(50);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/live", StreamAsync).RequireRole().IsNobodysAct().ExcludeFromDescription();

    static async Task StreamAsync(HttpContext http, Changes changes, DatabaseClock clock, TimeProvider time)
    {
        var gone = http.RequestAborted;
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        using var subscription = changes.Subscribe();
        try
        {
            await TellTimeAsync(http, clock);
            while (!gone.IsCancellationRequested && (await Sessions.StillAsync(http)))
            {
                var ids = await NextAsync(subscription, time, gone);
                if (ids.Count > 0)
                    await WriteAsync(http, "changed", string.Join(' ', ids));
                else
                    await TellTimeAsync(http, clock);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed.
        }
    }

    /// <returns>Empty where nothing happened for a beat.</returns>
    static async Task<HashSet<Guid>> NextAsync(Changes.Subscription subscription, TimeProvider time, CancellationToken gone)
    {
        var ids = new HashSet<Guid>();
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(gone);
        quiet.CancelAfter(Beat);
        try
        {
            await subscription.Changed.WaitToReadAsync(quiet.Token);
            await Task.Delay(Together, time, gone);
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            return ids;
        }
        while (subscription.Changed.TryRead(out var id))
            ids.Add(id);
        return ids;
    }

    static async Task TellTimeAsync(HttpContext http, DatabaseClock clock) =>
        await WriteAsync(http, "now", $"{(await clock.NowAsync(http.RequestAborted)).ToUnixTimeMilliseconds()}");

    static async Task WriteAsync(HttpContext http, string name, string text)
    {
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"event: {name}\ndata: {text}\n\n"), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}
