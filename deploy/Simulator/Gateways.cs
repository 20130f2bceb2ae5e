using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Sealing;

namespace Hotline.Simulator;

/// <summary>SMS and voice gateways as the services know them: sealed requests in, sealed reports out.</summary>
sealed class Gateways(SimulatorSettings settings, Devices devices, TimeProvider time) : IDisposable
{
    readonly ConcurrentDictionary<string, Behaviour> behaviours = new();
    readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };

    sealed record Request(Guid Id, string Channel, string To, string Text, string Language, IReadOnlyList<string> Keys, string ReportTo);

    public void Behave(string gateway, Behaviour behaviour) => behaviours[gateway] = behaviour;

    public async Task<IResult> TakeAsync(string name, HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var gateway = settings.Gateways.FirstOrDefault(g => g.Name == name);
        var party = gateway?.Secrets.FirstOrDefault(s => RequestSeal.Holds(
            s.Value, context.Request.Headers[RequestSeal.TimeHeader], buffer.ToArray(), context.Request.Headers[RequestSeal.SealHeader])).Key;
        if (party is null)
            return Results.StatusCode(401);
        var behaviour = behaviours.GetValueOrDefault(name, Behaviour.Good);
        if (behaviour == Behaviour.Down)
            return Results.StatusCode(503);
        if (behaviour == Behaviour.Rubbish)
            return Results.Text("<html>OK</html>");
        var request = JsonSerializer.Deserialize<Request>(buffer.ToArray(), Wire.Json)!;
        if (devices.Arrive(name, party, request.Id, request.To, request.Channel, request.Text, request.ReportTo) && behaviour != Behaviour.Silent)
            _ = ReportSoonAsync(name, party, request.Id, request.ReportTo, behaviour == Behaviour.Good ? "delivered" : "failed");
        return Results.Json(new { id = request.Id, accepted = true, code = (string?)null }, Wire.Json);
    }

    /// <summary>The called person presses a key; returns what the service says to that.</summary>
    public async Task<string> PressAsync(PhoneMessage message, string key) => await ReportAsync(message.Gateway, message.Party, message.Id, message.ReportTo, "key-pressed", key);

    async Task ReportSoonAsync(string gateway, string party, Guid id, string reportTo, string happened)
    {
        // As in life: the report may come before the sender has written down that the page was accepted.
        try
        {
            await ReportAsync(gateway, party, id, reportTo, happened, null);
        }
        catch (Exception away) when (away is HttpRequestException or TaskCanceledException)
        {
            // The service went down in between; a gateway does not try for ever either.
        }
    }

    async Task<string> ReportAsync(string gateway, string party, Guid id, string reportTo, string happened, string? key)
    {
        var secret = settings.Gateways.First(g => g.Name == gateway).Secrets[party];
        var body = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["gateway"] = gateway,
            ["id"] = id,
            ["event"] = happened,
            ["key"] = key,
            ["code"] = happened == "failed" ? "unreachable" : null,
        }, Wire.Json);
        var at = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, reportTo) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(RequestSeal.TimeHeader, at);
        request.Headers.Add(RequestSeal.SealHeader, RequestSeal.Make(secret, at, body));
        using var answer = await http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    public void Dispose() => http.Dispose();
}
