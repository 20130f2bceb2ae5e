using Hotline.Hosting.Accounts;
using Hotline.Hosting.Messages;
using MassTransit.Logging;
using MassTransit.Monitoring;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Compliance.Redaction;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Hotline.Hosting.Telemetry;

/// <summary>
/// Logs, traces, metrics and health. Must stay true: ids and codes only. No URL, header, statement or body is recorded,
/// and what is classified as case content is erased before any log sees it.
/// </summary>
public static class TelemetrySetup
{
    /// <summary>Of one metric.</summary>
    const int MostSeries = 500;

    public static void AddTelemetry(this WebApplicationBuilder builder, HostSettings settings)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        builder.Logging.AddFilter("MassTransit", LogLevel.Critical);
        builder.Logging.AddFilter("Npgsql", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Critical);
        builder.Logging.EnableRedaction();
        builder.Services.AddRedaction(redaction => redaction.SetFallbackRedactor<ErasingRedactor>());

        builder.Services.AddHealthChecks()
            .AddCheck<DatabaseHealth>("database", tags: ["ready"])
            .AddCheck<KeysHealth>("keys", tags: ["ready"])
            .AddCheck<BusWatch>("broker", tags: ["ready"]);

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService($"hotline-{settings.Party}"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Measures.Name, InstrumentationOptions.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql");
                metrics.AddRuntimeInstrumentation();
                // Room is taken for all of them at once: a route with its method and status is the most that there is.
                metrics.AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MostSeries });
                metrics.AddPrometheusExporter();
                if (settings.Otlp is { } otlp)
                    metrics.AddOtlpExporter(exporter => exporter.Endpoint = new Uri(otlp));
            });
        if (settings.Otlp is { } endpoint)
            telemetry.WithTracing(traces => traces
                .AddSource(Measures.Name, DiagnosticHeaders.DefaultListenerName)
                .AddAspNetCoreInstrumentation()
                .AddProcessor(new PathlessTraces())
                .AddOtlpExporter(exporter => exporter.Endpoint = new Uri(endpoint)));
    }

    public static void MapTelemetry(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = HealthAnswer.WriteAsync }).AllowAnyone();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions
        {
            // A broker that is away degrades the service, no more: calls must still be taken.
            Predicate = check => check.Tags.Contains("ready"),
            ResponseWriter = HealthAnswer.WriteAsync,
        }).AllowAnyone();
        app.MapPrometheusScrapingEndpoint("/metrics").AllowAnyone();
    }
}
