using Hotline.Duty.Calendar;
using Hotline.Duty.Ladders;

namespace Hotline.Intake.Watch;

/// <summary>
/// The clocks of the law that a referral runs against (domain.md, "Urgency and default clocks"), with how long before
/// its end an alarm is raised. What the hub's plan says about a clock of that name goes before what is shipped; which
/// provinces are remote, only the plan can say.
/// </summary>
public static class LegalClocks
{
    /// <param name="ground">Of law, instead of consent; null = none.</param>
    /// <param name="unit"><c>central</c> or a province code.</param>
    public static IEnumerable<(string Name, TimeSpan Within, TimeSpan AlarmBefore)> Of(string agency, string urgency, string? ground, string unit, Clocks clocks)
    {
        if (agency == "child-protection" || (ground == "child" && urgency is "P0" or "P1"))
            yield return Clock(LegalClock.ChildAtSeriousRisk, TimeSpan.FromHours(12), TimeSpan.FromHours(2));
        if (agency is "police" or "border-guard")
            yield return Planned(LegalClock.CrimeReportTransferRemote) is { Units.Count: > 0 } remote
                ? (remote.Name!, remote.Within!.Value, remote.AlarmBefore!.Value)
                : Clock(LegalClock.CrimeReportTransfer, TimeSpan.FromHours(24), TimeSpan.FromHours(4));
        yield return Clock(LegalClock.InitialVerification, TimeSpan.FromDays(3), TimeSpan.FromHours(12));

        LegalClock? Planned(string name) => clocks.Legal.FirstOrDefault(clock => clock.Name == name && clock.HoldsFor(unit));

        (string, TimeSpan, TimeSpan) Clock(string name, TimeSpan within, TimeSpan before) =>
            Planned(name) is { } planned ? (name, planned.Within!.Value, planned.AlarmBefore!.Value) : (name, within, before);
    }
}
