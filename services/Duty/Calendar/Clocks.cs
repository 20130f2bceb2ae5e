using Hotline.Duty.Ladders;
using Npgsql;

namespace Hotline.Duty.Calendar;

/// <summary>
/// The clocks of one party on its calendar (domain.md, "Urgency and default clocks"). Pure: the same instant, plan and
/// calendar give the same deadline. All instants are UTC; office hours and working days are those of the plan's zone.
/// </summary>
public sealed class Clocks(DutyPlan plan, IReadOnlyCollection<CalendarDay> calendar)
{
    readonly TimeZoneInfo zone = ZonedTime.Zone(plan.TimeZone!);
    readonly WorkingDays days = new(OfficeHours.Parse(plan.OfficeHours!)!, ZonedTime.Zone(plan.TimeZone!), calendar);

    /// <summary>Plan and calendar as they stand at an instant.</summary>
    public static async Task<Clocks> FindAsync(NpgsqlConnection connection, DateTimeOffset at, CancellationToken cancel) =>
        new(await DutyPlan.FindAsync(connection, at, cancel), await CalendarDays.InForceAsync(connection, cancel));

    public UrgencyClock Of(string urgency) => plan.Clocks!.First(clock => clock.Urgency == urgency);

    public IReadOnlyList<LegalClock> Legal => plan.LegalClocks ?? [];

    public DayClass ClassOf(DateTimeOffset at) => DayClasses.Of(at, plan.TimeZone!, calendar, OfficeHours.Parse(plan.OfficeHours!));

    /// <summary>By when a named officer must answer for what came in at an instant.</summary>
    public DateTimeOffset AcknowledgeBy(string urgency, DateTimeOffset at)
    {
        var clock = Of(urgency);
        if (clock.AcknowledgeWithinWorkingDays is { } count)
            return days.After(at, count);
        var by = clock.OtherwiseAt is null || days.AreOpen(at)
            ? at + clock.AcknowledgeWithin!.Value
            : days.NextAt(at, OfficeHours.Time(clock.OtherwiseAt)!.Value);
        return clock.AcknowledgeAtMost is { } most && by > at + most ? at + most : by;
    }

    /// <summary>When a step that repeats pages again.</summary>
    public DateTimeOffset RepageAt(string urgency, DateTimeOffset at) =>
        Of(urgency).RepageEvery is { } every ? at + every : days.After(at, 1);

    /// <summary>When silence after an acknowledgement or a progress note starts the pages again; null = never.</summary>
    public DateTimeOffset? SilentAt(string urgency, DateTimeOffset at) => at + Of(urgency).ProgressWithin;

    /// <summary>When the hotline telephones the desk itself; null = never.</summary>
    public DateTimeOffset? HotlinePhonesAt(string urgency, DateTimeOffset at) => at + Of(urgency).HotlinePhonesAfter;

    /// <summary>From when SMS and voice may be used for a page that is due now; now itself where nothing holds them back.</summary>
    /// <param name="deadline">Acknowledge by.</param>
    public DateTimeOffset RingFrom(string urgency, DateTimeOffset now, DateTimeOffset deadline)
    {
        var clock = Of(urgency);
        if (urgency == "P0" || clock.Ring == "always" || days.AreOpen(now))
            return now;
        var opens = days.NextOpening(now);
        var before = clock.RingBeforeDeadline is { } early ? deadline - early : opens;
        var from = before < opens ? before : opens;
        return from > now ? from : now;
    }

    /// <summary>Local time of an instant, for texts.</summary>
    public DateTime Local(DateTimeOffset at) => ZonedTime.Local(at, zone);
}
