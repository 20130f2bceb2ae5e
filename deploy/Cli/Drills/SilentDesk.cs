using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Hotline.Cli.Drills;

/// <summary>A step of a ladder, as the hub was told of it.</summary>
/// <param name="After">Since the referral was made, by the databases' clock.</param>
sealed record ClimbedStep(int Step, TimeSpan After, IReadOnlyList<string> Targets);

/// <summary>What the hub knows of a referral that nobody answers for.</summary>
/// <param name="Late">Codes of the watch.</param>
/// <param name="CallSheet">Whom the hotline would telephone: name and number of the first desk.</param>
sealed record Climb(DrillReferral Referral, IReadOnlyList<ClimbedStep> Steps, IReadOnlyList<string> Late, string? CallSheet)
{
    /// <summary>Others were paged after the first, the watch shows it, and says whom to ring.</summary>
    public bool IsSeen => Steps.Count > 1 && Late.Count > 0 && CallSheet is not null;

    /// <summary>A P2 or P3 may wait for the next working day: such a ladder is not waited for.</summary>
    public bool IsWaitedFor => Referral.Urgency is "P0" or "P1";
}

/// <summary>The agency whose officers do not answer: looks at what the hub is told of its ladders, and at the hub's watch.</summary>
sealed class SilentDesk(Session desk, DrillRecord record)
{
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the watch shows every urgent one as climbing, with a call sheet.</summary>
    public async Task WatchAsync(TimeSpan patience, CancellationToken cancel)
    {
        var silent = record.Referrals.Where(referral => referral.Fate == Fate.Unanswered).ToList();
        if (silent.Count == 0)
            record.Faults.Enqueue("drill.nobody-asked: no call of the file is for the agency that does not answer");
        var waited = Stopwatch.StartNew();
        while (true)
        {
            record.Climbs = await LookAsync(silent, cancel);
            var open = record.Climbs.Where(climb => climb is { IsWaitedFor: true, IsSeen: false }).ToList();
            if (open.Count == 0) return;
            if (waited.Elapsed > patience)
            {
                foreach (var climb in open)
                    record.Faults.Enqueue($"{climb.Referral.Reference}: after {patience.TotalSeconds:0} s the hub shows {climb.Steps.Count} steps, {climb.Late.Count} items of the watch, {(climb.CallSheet is null ? "no" : "a")} call sheet");
                return;
            }
            await Task.Delay(LookEvery, cancel);
        }
    }

    async Task<IReadOnlyList<Climb>> LookAsync(List<DrillReferral> silent, CancellationToken cancel)
    {
        var watch = (await desk.GetAsync("watch", cancel)).Body["items"]?.AsArray() ?? [];
        var items = watch.Where(item => item!["referralId"] is not null).ToLookup(item => Guid.Parse(item!["referralId"]!.GetValue<string>()));
        var climbs = new List<Climb>();
        foreach (var referral in silent)
        {
            var history = (await desk.GetAsync($"referrals/{referral.Id}/history?limit=200", cancel)).Body["items"]?.AsArray() ?? [];
            var sheet = items[referral.Id].Select(item => item!["callSheet"]!.AsArray().FirstOrDefault()).FirstOrDefault(number => number is not null);
            climbs.Add(new Climb(
                referral, StepsOf(history, referral.CreatedAt), [.. items[referral.Id].Select(item => item!["code"]!.GetValue<string>()).Order(StringComparer.Ordinal)],
                sheet is null ? null : $"{sheet["name"]} {sheet["phone"]}"));
        }
        return climbs;
    }

    static List<ClimbedStep> StepsOf(JsonArray history, DateTimeOffset createdAt) =>
    [
        .. history.Where(line => line!["event"]!.GetValue<string>() == "escalation.advanced" && line["detail"]?["pages"] is JsonArray { Count: > 0 })
            .GroupBy(line => line!["detail"]!["step"]!.GetValue<int>()).OrderBy(step => step.Key)
            .Select(step => new ClimbedStep(
                step.Key, step.Min(line => line!["at"]!.GetValue<DateTimeOffset>()) - createdAt,
                [.. step.SelectMany(line => line!["detail"]!["pages"]!.AsArray()).Select(page => page!["target"]!.GetValue<string>()).Distinct().Order(StringComparer.Ordinal)])),
    ];

    /// <summary>One line for a referral: when whom, what the watch says, whom to ring.</summary>
    public static string Line(Climb climb) =>
        $"  {climb.Referral.Reference} ({climb.Referral.Call}, {climb.Referral.Urgency}): "
        + string.Join("; ", climb.Steps.Select(step => string.Create(CultureInfo.InvariantCulture, $"step {step.Step} after {step.After:h\\:mm\\:ss} {string.Join(" + ", step.Targets)}")))
        + $". Watch: {(climb.Late.Count == 0 ? "nothing" : string.Join(", ", climb.Late))}. Call sheet: {climb.CallSheet ?? "none"}";
}
