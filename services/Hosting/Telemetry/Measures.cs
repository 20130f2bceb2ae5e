using System.Diagnostics.Metrics;

namespace Hotline.Hosting.Telemetry;

/// <summary>What the hotline counts about itself. Labels are codes, parties and kinds; never an id of a case.</summary>
public static class Measures
{
    public const string Name = "Hotline";

    static readonly Meter Meter = new(Name);

    public static Counter<long> Published { get; } = Meter.CreateCounter<long>("hotline.messages.published", description: "Messages that the broker confirmed.");

    public static Counter<long> Taken { get; } = Meter.CreateCounter<long>("hotline.messages.taken", description: "Messages that took effect, and duplicates.");

    public static Counter<long> Rejected { get; } = Meter.CreateCounter<long>("hotline.messages.rejected", description: "Messages that were not opened, by code.");

    public static Counter<long> Resent { get; } = Meter.CreateCounter<long>("hotline.messages.resent", description: "Messages sent again for want of a receipt.");
}
