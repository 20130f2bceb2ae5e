using Hotline.Duty.Calendar;

namespace Hotline.Duty.Ladders;

/// <summary>What holds until an administrator writes a plan (domain.md, "Urgency and default clocks").</summary>
public static class DefaultPlan
{
    static readonly string[] Quiet = ["console", "email"];
    static readonly string[] Every = ["console", "email", "sms", "voice"];

    /// <param name="officeHours">Of the party; null = 08:00 to 17:00.</param>
    /// <param name="acknowledgeWithin">Per urgency, where it differs.</param>
    public static DutyPlan Of(
        string? officeHours, IReadOnlyList<LegalClock>? legalClocks = null, IReadOnlyDictionary<string, TimeSpan>? acknowledgeWithin = null) => new()
    {
        TimeZone = ZonedTime.HaNoi,
        OfficeHours = officeHours ?? Calendar.OfficeHours.Standard.ToString(),
        Clocks = [.. Clocks.Select(clock => acknowledgeWithin?.TryGetValue(clock.Urgency!, out var within) == true ? Within(clock, within) : clock)],
        Ladders = [Ladder("P0", Minutes(5), Every), Ladder("P1", Minutes(15), Every), Ladder("P2", Hours(4), Every), Ladder("P3", Hours(24), Quiet)],
        LegalClocks = legalClocks ?? [],
        Templates = Templates,
    };

    static UrgencyClock[] Clocks { get; } =
    [
        new() { Urgency = "P0", FirstPageWithin = Minutes(1), AcknowledgeWithin = Minutes(5), RepageEvery = Minutes(5), ProgressWithin = Minutes(30), OpenWithin = Minutes(10), HotlinePhonesAfter = Minutes(10), Ring = "always" },
        new() { Urgency = "P1", FirstPageWithin = Minutes(2), AcknowledgeWithin = Minutes(15), RepageEvery = Minutes(15), ProgressWithin = Hours(2), OpenWithin = Minutes(30), HotlinePhonesAfter = Minutes(45), Ring = "always" },
        new()
        {
            Urgency = "P2", AcknowledgeWithin = Hours(4), OtherwiseAt = "08:30", AcknowledgeAtMost = Hours(24), RepageEvery = Hours(4),
            ProgressWithin = Hours(24), HotlinePhonesAfter = Hours(24), Ring = "desk-hours", RingBeforeDeadline = Hours(2),
        },
        new() { Urgency = "P3", AcknowledgeWithinWorkingDays = 1, Ring = "desk-hours" },
    ];

    static PageTemplate[] Templates { get; } =
    [
        new() { Channel = "email", Language = "vi", Text = "Chuyển tuyến {reference}, mức {urgency}, {agency}. Tiếp nhận: {link}" },
        new() { Channel = "sms", Language = "vi", Text = "{reference} {urgency} {agency}. Tiếp nhận: {link}" },
        new() { Channel = "voice", Language = "vi", Text = "Đường dây nóng. Chuyển tuyến {reference}, mức {urgency}, {agency}. Bấm phím 1 để tiếp nhận." },
    ];

    static UrgencyClock Within(UrgencyClock clock, TimeSpan within) => clock with { AcknowledgeWithin = within, AcknowledgeWithinWorkingDays = null };

    static LadderOfUrgency Ladder(string urgency, TimeSpan wait, string[] channels) => new()
    {
        Urgency = urgency,
        Steps =
        [
            Step(LadderStep.Own, wait, channels, "primary"),
            Step(LadderStep.Own, wait, channels, "primary", "deputy"),
            Step(LadderStep.Own, wait, channels, "deputy", "head"),
            Step(LadderStep.Central, wait, channels, "primary", "deputy", "head"),
        ],
    };

    static WrittenStep Step(string unit, TimeSpan wait, string[] channels, params string[] layers) => new() { Unit = unit, Layers = layers, Channels = channels, Wait = wait };

    static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    static TimeSpan Hours(int hours) => TimeSpan.FromHours(hours);
}
