using System.Text.RegularExpressions;
using Hotline.Contracts;
using Hotline.Duty.Calendar;
using Hotline.Duty.Roster;

namespace Hotline.Duty.Ladders;

/// <summary>What ladders, clocks and page texts must be before they are kept. Each refusal names the place by JSON pointer.</summary>
public static partial class PlanRules
{
    static readonly string[] Channels = ["console", "email", "sms", "voice"];
    static readonly string[] Places = ["reference", "urgency", "agency", "link"];

    /// <summary>What was left out is as it was. Urgencies that were left out as well.</summary>
    public static DutyPlan Complete(DutyPlan written, DutyPlan before) => written with
    {
        TimeZone = written.TimeZone ?? before.TimeZone,
        OfficeHours = written.OfficeHours ?? before.OfficeHours,
        Clocks = [.. written.Clocks ?? [], .. before.Clocks!.ExceptBy((written.Clocks ?? []).Select(c => c.Urgency), c => c.Urgency)],
        Ladders = [.. written.Ladders ?? [], .. before.Ladders!.ExceptBy((written.Ladders ?? []).Select(l => l.Urgency), l => l.Urgency)],
        LegalClocks = written.LegalClocks ?? before.LegalClocks,
        Templates = written.Templates ?? before.Templates,
    };

    /// <summary>Null where nothing is wrong with it.</summary>
    /// <param name="plan">Completed.</param>
    public static Refusal? Check(DutyPlan plan)
    {
        if (ZonedTime.Find(plan.TimeZone!) is null)
            return Refusal.With("time-zone.unknown", "at", "/timeZone");
        if (OfficeHours.Parse(plan.OfficeHours!) is null)
            return Refusal.With("request.malformed", "at", "/officeHours");
        return plan.Clocks!.Index().Select(clock => Check(clock.Item, $"/clocks/{clock.Index}"))
            .Concat(plan.Ladders!.Index().Select(ladder => Check(ladder.Item, $"/ladders/{ladder.Index}")))
            .Concat((plan.LegalClocks ?? []).Index().Select(clock => Check(clock.Item, $"/legalClocks/{clock.Index}")))
            .Concat((plan.Templates ?? []).Index().Select(template => Check(template.Item, $"/templates/{template.Index}")))
            .Append(Twice(plan.Clocks!.Select(clock => clock.Urgency), "/clocks"))
            .Append(Twice(plan.Ladders!.Select(ladder => ladder.Urgency), "/ladders"))
            .FirstOrDefault(refusal => refusal is not null);
    }

    static Refusal? Check(UrgencyClock clock, string at)
    {
        if (clock.Urgency is null)
            return Refusal.With("request.malformed", "at", $"{at}/urgency");
        if ((clock.AcknowledgeWithin is null) == (clock.AcknowledgeWithinWorkingDays is null) || clock.AcknowledgeWithinWorkingDays is < 1 or > 30)
            return Refusal.With("request.malformed", "at", $"{at}/acknowledgeWithin");
        if (clock.OtherwiseAt is { } otherwise && OfficeHours.Time(otherwise) is null)
            return Refusal.With("request.malformed", "at", $"{at}/otherwiseAt");
        if (clock.Ring is not ("always" or "desk-hours"))
            return Refusal.With("request.unknown-code", "at", $"{at}/ring");
        (string Name, TimeSpan? Length)[] durations =
        [
            ("firstPageWithin", clock.FirstPageWithin), ("acknowledgeWithin", clock.AcknowledgeWithin), ("acknowledgeAtMost", clock.AcknowledgeAtMost),
            ("repageEvery", clock.RepageEvery), ("progressWithin", clock.ProgressWithin), ("openWithin", clock.OpenWithin),
            ("hotlinePhonesAfter", clock.HotlinePhonesAfter), ("ringBeforeDeadline", clock.RingBeforeDeadline),
        ];
        return durations.Where(duration => duration.Length is { } length && !IsWait(length))
            .Select(duration => Refusal.With("request.malformed", "at", $"{at}/{duration.Name}")).FirstOrDefault();
    }

    static Refusal? Check(LadderOfUrgency ladder, string at)
    {
        if (ladder.Urgency is null)
            return Refusal.With("request.malformed", "at", $"{at}/urgency");
        if (ladder.Steps is not { Count: > 0 and <= 20 } steps)
            return Refusal.With("ladder.without-steps", "at", $"{at}/steps");
        return steps.Index().Select(step => Check(step.Item, $"{at}/steps/{step.Index}")).FirstOrDefault(refusal => refusal is not null)
            // It repeats until somebody answers: that must not hang on one province's roster.
            ?? (steps[^1].Unit == LadderStep.Central ? null : Refusal.With("ladder.without-national-desk", "at", $"{at}/steps/{steps.Count - 1}/unit"));
    }

    static Refusal? Check(WrittenStep step, string at)
    {
        if (step.Unit is null || (step.Unit != LadderStep.Own && !Units.Exists(step.Unit)))
            return Refusal.With("request.unknown-code", "at", $"{at}/unit");
        if (step.Layers is not { Count: > 0 })
            return Refusal.With("request.malformed", "at", $"{at}/layers");
        if (step.Channels is not { Count: > 0 } || !step.Channels.All(Channels.Contains))
            return Refusal.With("request.unknown-code", "at", $"{at}/channels");
        return step.Wait is { } wait && IsWait(wait) ? null : Refusal.With("request.malformed", "at", $"{at}/wait");
    }

    static Refusal? Check(LegalClock clock, string at)
    {
        if (string.IsNullOrWhiteSpace(clock.Name))
            return Refusal.With("request.malformed", "at", $"{at}/name");
        if (clock.Within is not { } within || !IsWait(within))
            return Refusal.With("request.malformed", "at", $"{at}/within");
        if (clock.AlarmBefore is not { } before || before <= TimeSpan.Zero || before >= within)
            return Refusal.With("request.malformed", "at", $"{at}/alarmBefore");
        return clock.Units?.All(Units.Exists) == false ? Refusal.With("request.unknown-code", "at", $"{at}/units") : null;
    }

    static Refusal? Check(PageTemplate template, string at)
    {
        if (template.Channel is null || !Channels.Contains(template.Channel))
            return Refusal.With("request.unknown-code", "at", $"{at}/channel");
        if (template.Language is not ("vi" or "en"))
            return Refusal.With("request.unknown-code", "at", $"{at}/language");
        if (string.IsNullOrWhiteSpace(template.Text))
            return Refusal.With("request.malformed", "at", $"{at}/text");
        // A page is read over shoulders and kept by telephone companies: nothing of a case may ever be filled in.
        var known = Place().Replace(template.Text, found => Places.Contains(found.Groups[1].Value) ? string.Empty : found.Value);
        return known.AsSpan().ContainsAny('{', '}') ? Refusal.With("template.case-field", "at", $"{at}/text") : null;
    }

    static Refusal? Twice(IEnumerable<string?> urgencies, string at) =>
        urgencies.GroupBy(urgency => urgency).Any(same => same.Count() > 1) ? Refusal.With("request.malformed", "at", at) : null;

    static bool IsWait(TimeSpan wait) => wait >= TimeSpan.FromSeconds(10) && wait <= TimeSpan.FromDays(30);

    [GeneratedRegex(@"\{([^{}]*)\}")]
    private static partial Regex Place();
}
