using System.Text;
using Hotline.Provisioning.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hotline.Deploy.Tests.Drills;

/// <summary>Stands between the drill and an agency, and changes a word in every file that is opened.</summary>
sealed class AlteringProxy : IAsyncDisposable
{
    readonly WebApplication app;
    readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });

    AlteringProxy(WebApplication app, Uri url) => (this.app, Url) = (app, url);

    public Uri Url { get; }

    public static async Task<AlteringProxy> StartAsync(Uri service, string from, string to)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var url = new Uri($"http://127.0.0.1:{LoopbackPort.Find()}");
        var app = builder.Build();
        app.Urls.Add(url.AbsoluteUri);
        var proxy = new AlteringProxy(app, url);
        app.Run(http => proxy.PassAsync(http, service, from, to));
        await app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
    }

    async Task PassAsync(HttpContext incoming, Uri service, string from, string to)
    {
        using var request = new HttpRequestMessage(new HttpMethod(incoming.Request.Method), new Uri(service, incoming.Request.Path + incoming.Request.QueryString));
        using var body = new StreamReader(incoming.Request.Body);
        if (incoming.Request.ContentLength > 0)
            request.Content = new StringContent(await body.ReadToEndAsync(), Encoding.UTF8, "application/json");
        foreach (var header in (string[])["Authorization", "Idempotency-Key"])
            if (incoming.Request.Headers.TryGetValue(header, out var value))
                request.Headers.TryAddWithoutValidation(header, value.ToString());
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        incoming.Response.StatusCode = (int)answer.StatusCode;
        incoming.Response.ContentType = "application/json";
        await incoming.Response.WriteAsync(incoming.Request.Path.Value!.EndsWith("/content", StringComparison.Ordinal) ? text.Replace(from, to, StringComparison.Ordinal) : text);
    }
}
