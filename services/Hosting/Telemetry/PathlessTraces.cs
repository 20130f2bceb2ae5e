using System.Diagnostics;
using OpenTelemetry;

namespace Hotline.Hosting.Telemetry;

/// <summary>Leaves the route's pattern in a trace and takes the rest of the address out.</summary>
sealed class PathlessTraces : BaseProcessor<Activity>
{
    static readonly string[] Addresses = ["url.path", "url.query", "url.full", "user_agent.original", "messaging.message.id", "exception.message"];

    public override void OnEnd(Activity data)
    {
        foreach (var name in Addresses)
            data.SetTag(name, null);
    }
}
