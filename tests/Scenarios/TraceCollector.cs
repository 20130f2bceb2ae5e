using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Scenarios.Tests;

/// <summary>An OTLP endpoint (gRPC) that keeps the bytes it is sent and understands none of them.</summary>
sealed class TraceCollector : IAsyncDisposable
{
    readonly MemoryStream kept = new();
    readonly WebApplication app;

    TraceCollector(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = null!;

    public long Size
    {
        get
        {
            lock (kept)
                return kept.Length;
        }
    }

    public static async Task<TraceCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var collector = new TraceCollector(builder.Build());
        collector.app.Run(collector.KeepAsync);
        await collector.app.StartAsync();
        collector.Address = new Uri(collector.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return collector;
    }

    public byte[] Everything()
    {
        lock (kept)
            return kept.ToArray();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    async Task KeepAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        lock (kept)
            body.WriteTo(kept);
        http.Response.ContentType = "application/grpc";
        // An empty message: not compressed, of length 0.
        await http.Response.Body.WriteAsync(new byte[5]);
        http.Response.AppendTrailer("grpc-status", "0");
    }
}
