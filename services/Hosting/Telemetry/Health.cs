using System.Text.Json.Nodes;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Hotline.Hosting.Telemetry;

/// <summary>Ready means that a call can be taken: the case database and a copy of the key store answer.</summary>
sealed class DatabaseHealth(NpgsqlDataSource database, KeyStore keyStore) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancel)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancel);
            return await keyStore.AnswersAsync(cancel) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(nameof(KeyStore));
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy(away.GetType().Name);
        }
    }
}

/// <summary>Ready means that a message can be sealed: this party has keys in the directory.</summary>
sealed class KeysHealth(Envelope envelope, HostSettings settings, DatabaseClock clock) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancel)
    {
        try
        {
            var now = await clock.NowAsync(cancel);
            return envelope.Directory.ActiveKey(settings.Party, KeyUse.Signing, now) is null
                ? HealthCheckResult.Unhealthy("no-signing-key")
                : envelope.Directory.Expires <= now ? HealthCheckResult.Degraded("directory-expired") : HealthCheckResult.Healthy();
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy(away.GetType().Name);
        }
    }
}

static class HealthAnswer
{
    public static Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json";
        var checks = new JsonObject();
        foreach (var (name, entry) in report.Entries)
            checks[name] = entry.Status.ToString().ToLowerInvariant();
        return http.Response.WriteAsync(new JsonObject { ["status"] = report.Status.ToString().ToLowerInvariant(), ["checks"] = checks }.ToJsonString());
    }
}
