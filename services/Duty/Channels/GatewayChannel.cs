using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Hotline.Contracts;
using Hotline.Hosting;
using Hotline.Sealing;
using Polly;

namespace Hotline.Duty.Channels;

/// <summary>What a gateway is asked to do, as JSON under a <see cref="RequestSeal"/>.</summary>
/// <param name="Id">The same for each try: a gateway sends only once under one id.</param>
/// <param name="Channel"><c>sms</c> or <c>voice</c>.</param>
/// <param name="Keys">Keys that the called person may press.</param>
/// <param name="ReportTo">Where delivery reports and key presses go, sealed with the same secret.</param>
public sealed record GatewayMessage(Guid Id, string Channel, string To, string Text, string Language, IReadOnlyList<string> Keys, string ReportTo);

/// <summary>A gateway's answer; anything else is no answer.</summary>
public sealed record GatewayAnswer(Guid Id, bool Accepted, string? Code);

/// <summary>
/// SMS and voice through HTTP gateways, in order: where one is down, refuses or answers nonsense, the next is asked.
/// Must stay true: only an answer that names the page and says accepted counts as accepted.
/// </summary>
public sealed class GatewayChannel(HostSettings settings, TimeProvider time) : IDisposable
{
    /// <summary>How long a delivery report may take. Then the page counts as failed, and both sides see that.</summary>
    static readonly TimeSpan ReportWithin = TimeSpan.FromSeconds(60);
    const int LongestAnswer = 4096;

    sealed class NoAnswerException : Exception;

    readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
    };
    readonly Dictionary<string, ResiliencePipeline> pipelines =
        (settings.Channels?.Gateways ?? []).ToDictionary(g => g.Name, _ => ChannelPipeline.Create(time));

    /// <summary>The gateways that a page may use: those in use, an exercise only simulated ones, unless it was enabled for the run.</summary>
    internal IReadOnlyList<GatewaySettings> For(bool exercise, OpenWays ways) =>
        [.. (settings.Channels?.Gateways ?? []).Where(g => (!exercise || ways.Exercises || g.Simulated) && !ways.Off.Contains(g.Name))];

    public async Task<SendOutcome> SendAsync(OutgoingPage page, IReadOnlyList<GatewaySettings> gateways, CancellationToken cancel)
    {
        string? reason = null;
        foreach (var gateway in gateways)
        {
            try
            {
                var answer = await pipelines[gateway.Name].ExecuteAsync(async token => await AskAsync(gateway, page, token), cancel);
                if (answer.Accepted)
                    return SendOutcome.Accepted(gateway.Name, ReportWithin);
                reason = "gateway-refused";
            }
            catch (NoAnswerException)
            {
                reason = "gateway-rubbish";
            }
            catch (Exception away) when (away is not OutOfMemoryException && !cancel.IsCancellationRequested)
            {
                reason = "gateway-down";
            }
        }
        return reason is null ? SendOutcome.NotSent("no-gateway") : SendOutcome.Failed(gateways.Count > 1 ? $"{reason}-all" : reason);
    }

    async Task<GatewayAnswer> AskAsync(GatewaySettings gateway, OutgoingPage page, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new GatewayMessage(
            page.Key, page.Channel, page.Address, page.Text, "vi", page.Channel == Escalations.PageChannels.Voice ? ["1"] : [],
            $"{settings.Channels!.PublicUrl}/api/v1/gateway/reports"), Wire.Json);
        var at = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{gateway.Url}/v1/messages") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(RequestSeal.TimeHeader, at);
        request.Headers.Add(RequestSeal.SealHeader, RequestSeal.Make(gateway.Secret, at, body));
        using var response = await http.SendAsync(request, cancel);
        response.EnsureSuccessStatusCode();
        try
        {
            var answer = JsonSerializer.Deserialize<GatewayAnswer>(await response.Content.ReadAsByteArrayAsync(cancel), Wire.Json);
            return answer?.Id == page.Key ? answer : throw new NoAnswerException();
        }
        catch (JsonException)
        {
            throw new NoAnswerException();
        }
    }

    public void Dispose() => http.Dispose();
}
