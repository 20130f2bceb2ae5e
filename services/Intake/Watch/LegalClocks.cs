using Hotline.Duty.Calendar;

namespace Hotline.Intake.Watch;

/// <summary>
/// The clocks of the law that a referral runs against (domain.md, "Urgency and default clocks"), with how long before
/// its end an alarm is raised. What the hub's plan says about a clock of that name goes before what is shipped.
/// </summary>
public static class LegalClocks
{
    public const string ChildAtSeriousRisk = "child-at-serious-risk";
    public const string CrimeReportTransfer = "crime-report-transfer";
    public const string InitialVerification = "initial-verification";

    public static IEnumerable<(string Name, TimeSpan Within, TimeSpan AlarmBefore)> Of(WatchedReferral referral, Clocks clocks)
    {
        if (referral.Agency == "child-protection" || (referral.Ground == "child" && referral.Urgency is "P0" or "P1"))
            yield return Clock(ChildAtSeriousRisk, TimeSpan.FromHours(12), TimeSpan.FromHours(2), clocks);
        if (referral.Agency is "police" or "border-guard")
            yield return Clock(CrimeReportTransfer, TimeSpan.FromHours(24), TimeSpan.FromHours(4), clocks);
        yield return Clock(InitialVerification, TimeSpan.FromDays(3), TimeSpan.FromHours(12), clocks);
    }

    static (string, TimeSpan, TimeSpan) Clock(string name, TimeSpan within, TimeSpan before, Clocks clocks)
    {
        var planned = clocks.Legal.FirstOrDefault(c => c.Name == name);
        return (name, planned?.Within ?? within, planned?.AlarmBefore ?? before);
    }
}
