using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Http;

/// <summary>Everything that ends without an answer of its own: unknown routes, wrong methods, and bugs.</summary>
public static class Refusals
{
    public static void UseRefusals(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        // What a case says must stay out of every cache on the way.
        http.Response.Headers.CacheControl = "no-store";
        // No text that the database keeps has it, and it takes none as a question.
        if (http.Request.Query.FirstOrDefault(q => q.Value.Any(v => v?.Contains('\0') == true)) is { Key: not null } odd)
        {
            await Guard.RefuseAsync(http, Refusal.With("request.malformed", "at", odd.Key));
            return;
        }
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (KeyDestroyedException) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            await Guard.RefuseAsync(http, new Refusal("content.shredded"));
            return;
        }
        catch (Exception failure) when (!http.Response.HasStarted)
        {
            // Type and place only: messages of exceptions may quote what they met.
            http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Hotline.Http").LogError(
                "A request failed: {Problem} at {Place}", failure.GetType().FullName, failure.StackTrace);
            if (failure is SealBrokenException)
                await TellAsync(http);
            http.Response.Clear();
            // What a page cannot read it refuses in words; while the database is away no page can be made.
            var refusal = new Refusal(CodeOf(failure));
            await (Problems.StatusOf(refusal.Code) < 500 ? Guard.RefuseAsync(http, refusal) : Problems.Refuse(refusal).ExecuteAsync(http));
            return;
        }
        if (http.Response.HasStarted || http.Response.ContentLength > 0 || http.Response.ContentType is not null)
            return;
        var code = http.Response.StatusCode switch
        {
            404 => "not-found",
            405 => "method.not-allowed",
            415 => "media-type.unsupported",
            400 => "request.malformed",
            _ => null,
        };
        if (code is not null)
            await Problems.Refuse(code).ExecuteAsync(http);
    });

    static string CodeOf(Exception failure) => failure switch
    {
        BadHttpRequestException { StatusCode: 413 } => "request.too-large",
        BadHttpRequestException => "request.malformed",
        // 57P0x: the server is stopping or starting.
        PostgresException postgres => postgres.SqlState.StartsWith("57P", StringComparison.Ordinal) ? "unavailable" : "internal",
        NpgsqlException => "unavailable",
        SealBrokenException => "storage.seal-broken",
        _ => "internal",
    };

    /// <summary>A cell that does not open was changed by somebody who came past the service: that is not for the log alone.</summary>
    static async Task TellAsync(HttpContext http)
    {
        try
        {
            await using var batch = http.RequestServices.GetRequiredService<NpgsqlDataSource>().CreateBatch();
            batch.BatchCommands.Add(Alarm.Raise("storage.seal-broken", null, null, null, await http.RequestServices.GetRequiredService<DatabaseClock>().NowAsync(http.RequestAborted)));
            await batch.ExecuteNonQueryAsync(http.RequestAborted);
        }
        catch (Exception away) when (away is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            // It is in the log.
        }
    }
}
